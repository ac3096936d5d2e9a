//! From spans that have ended to the collector: a bounded queue, and one task that sends what is in
//! it.
//!
//! The code that ends a span never waits: if the queue is full the span is dropped. An outage of
//! the collector costs what was in the queue.

use std::time::Duration;

use http::Uri;
use metrics::counter;
use opentelemetry::Context;
use opentelemetry_otlp::{Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter as _, SpanProcessor};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::collector::Collector;
use crate::metrics::SPANS;
use crate::now_and_then::NowAndThen;

/// Spans that have ended and are not sent yet: some megabytes.
const SPANS_WAITING_MAX: usize = 4_096;
/// Spans of one request to the collector.
const BATCH_SPANS_MAX: usize = 512;
/// How long a batch that is not full waits for more.
const BATCH_SECONDS: u64 = 1;
/// The time at the end for everything that is left.
const LAST_SECONDS_MAX: u64 = 2;
/// The path after the collector's own address (the OTLP specification, "Endpoint URLs for
/// OTLP/HTTP").
const TRACES_PATH: &str = "v1/traces";

#[derive(Debug)]
pub(super) struct Queue(mpsc::Sender<SpanData>);

/// The task that sends them.
#[derive(Debug)]
pub(crate) struct Exporting {
    spans: mpsc::Receiver<SpanData>,
    exporter: opentelemetry_otlp::SpanExporter,
    failed: NowAndThen,
}

/// Both ends of the queue to a collector.
pub(super) fn to(endpoint: &Uri, resource: &Resource) -> Result<(Queue, Exporting), String> {
    let url = endpoint.to_string();
    // Given here, because the exporter would otherwise read the environment again.
    let mut exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::at(endpoint)?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/{TRACES_PATH}", url.trim_end_matches('/')))
        .build()
        .map_err(|error| error.to_string())?;
    exporter.set_resource(resource);
    let (queue, spans) = mpsc::channel(SPANS_WAITING_MAX);
    Ok((Queue(queue), Exporting { spans, exporter, failed: NowAndThen::default() }))
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.0.try_send(span).is_err() {
            counter!(SPANS, "outcome" => "dropped").increment(1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Exporting {
    /// Sends until the server stops, and then what is left.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut batch = Vec::new();
        while stop.run_until_cancelled(self.gather(&mut batch)).await == Some(true) {
            self.send(&mut batch).await;
        }
        let last = async {
            loop {
                while batch.len() < BATCH_SPANS_MAX
                    && let Ok(span) = self.spans.try_recv()
                {
                    batch.push(span);
                }
                if batch.is_empty() {
                    return;
                }
                self.send(&mut batch).await;
            }
        };
        drop(timeout(Duration::from_secs(LAST_SECONDS_MAX), last).await);
    }

    /// Waits for a batch; false when there will be none. If this is cancelled, the spans gathered
    /// so far stay.
    async fn gather(&mut self, batch: &mut Vec<SpanData>) -> bool {
        if batch.is_empty() && self.spans.recv_many(batch, BATCH_SPANS_MAX).await == 0 {
            return false;
        }
        let full_by = Instant::now() + Duration::from_secs(BATCH_SECONDS);
        while batch.len() < BATCH_SPANS_MAX {
            let room = BATCH_SPANS_MAX - batch.len();
            match timeout_at(full_by, self.spans.recv_many(batch, room)).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        true
    }

    async fn send(&self, batch: &mut Vec<SpanData>) {
        let spans = batch.len() as u64;
        match self.exporter.export(std::mem::take(batch)).await {
            Ok(()) => counter!(SPANS, "outcome" => "sent").increment(spans),
            Err(error) => {
                counter!(SPANS, "outcome" => "failed").increment(spans);
                if self.failed.is_due() {
                    tracing::warn!(%error, spans, "the collector does not take traces");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;
    use opentelemetry::trace::{Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

    use super::*;

    #[test]
    fn where_too_many_wait_the_next_are_dropped_and_counted() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // Nothing is sent: all spans that end stay in the queue.
        let endpoint = "http://localhost:4318".parse().unwrap();
        let (queue, exporting) = to(&endpoint, &Resource::builder_empty().build()).unwrap();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOn)
            .with_span_processor(queue)
            .build();
        let tracer = provider.tracer("test");
        metrics::with_local_recorder(&recorder, || {
            (0..SPANS_WAITING_MAX + 7).for_each(|_| drop(tracer.start("request")));
        });
        assert_eq!(exporting.spans.len(), SPANS_WAITING_MAX);
        let told = handle.render();
        let dropped = format!("{SPANS}{{outcome=\"dropped\"}} 7\n");
        assert!(told.contains(&dropped), "{told}");
    }
}

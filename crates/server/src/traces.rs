//! Traces: each request is part of one (W3C Trace Context), whichever program began it, and if a
//! collector is configured (OTLP over HTTP) the request's spans are sent there.
//!
//! Spans for the collector have a target of their own: no log shows them, and without a collector
//! they are not created. Invariant: nothing waits for the collector; spans that it does not take in
//! time are dropped, and counted.

mod collector;
mod context;
mod exporting;
mod ids;

use http::{Method, StatusCode, Uri};
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::{Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

pub(crate) use context::{TRACEPARENT, TraceContext};
pub(crate) use exporting::Exporting;

/// The target of every span for the collector, in every crate.
pub(crate) const TARGET: &str = "traces";

/// The server's name in the collector, unless `OTEL_SERVICE_NAME` gives another.
const SERVICE: &str = "seatwire";

/// The part that makes spans for a collector at this address, and the part that sends them.
pub(crate) fn prepare(endpoint: &Uri) -> Result<(SdkTracer, Exporting), String> {
    let named = std::env::var_os("OTEL_SERVICE_NAME").is_some_and(|name| !name.is_empty());
    let resource = Resource::builder();
    let resource = if named { resource } else { resource.with_service_name(SERVICE) }.build();
    let (queue, exporting) = exporting::to(endpoint, &resource)?;
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_id_generator(ids::Ids::default())
        .with_span_processor(queue)
        .build();
    Ok((provider.tracer(SERVICE), exporting))
}

/// The span of a request, begun in this context; it has no effect without a collector.
pub(crate) fn begin(context: &mut TraceContext, method: &Method, route: Option<&str>) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        parent: None,
        "request",
        otel.kind = "server",
        otel.name = field::Empty,
        otel.status_code = field::Empty,
        http.request.method = method.as_str(),
        http.route = route,
        http.response.status_code = field::Empty,
    );
    if span.is_disabled() {
        return span;
    }
    // The route and never the path, which can contain codes and secrets.
    let name = route.map_or_else(|| method.to_string(), |route| format!("{method} {route}"));
    span.record("otel.name", name);
    if let Some(remote) = context.remote() {
        // It fails only for a span that has begun, and this one has not.
        drop(span.set_parent(remote));
    }
    let begun = ids::with(context.trace_id(), context.span_id(), || span.context());
    context.set_sampled(begun.span().span_context().is_sampled());
    span
}

/// Notes the result of the request.
pub(crate) fn end(span: &Span, status: StatusCode) {
    // As `i64`, because a smaller integer would be sent as text.
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

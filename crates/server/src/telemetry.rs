//! Logs: to stderr, for people in development, JSON lines in production. And spans, where there is a
//! collector for them.

use std::io::{self, IsTerminal as _};

use opentelemetry_sdk::trace::SdkTracer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

use crate::config::Mode;
use crate::traces;

/// `filter` has been checked by the configuration; should it fail all the same, `info` is used.
pub(crate) fn start(mode: Mode, filter: &str, tracer: Option<SdkTracer>) {
    let log = tracing_subscriber::fmt::layer()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    let log = match mode {
        Mode::Development => log.compact().boxed(),
        Mode::Production => log.json().flatten_event(true).with_current_span(true).boxed(),
    };
    // A second start in one process (there is none but in tests) keeps the first's.
    drop(match tracer {
        // One filter for all: what it leaves out is not even made.
        None => Registry::default().with(log.with_filter(of_log(filter))).try_init(),
        Some(tracer) => {
            // No more than the spans say by themselves: where the code is nobody looks up there.
            let spans = tracing_opentelemetry::layer()
                .with_tracer(tracer)
                .with_location(false)
                .with_threads(false)
                .with_target(false)
                .with_tracked_inactivity(false)
                .with_context_activation(false)
                .with_filter(Targets::new().with_target(traces::TARGET, LevelFilter::INFO));
            Registry::default().with(log.with_filter(of_log(filter))).with(spans).try_init()
        }
    });
}

/// What was asked for, without what is for the collector.
fn of_log(filter: &str) -> EnvFilter {
    let parsed = |filter: &str| {
        let filter = format!("{filter},{}=off", traces::TARGET);
        EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"))
    };
    let asked = parsed(filter);
    if asked.max_level_hint() > Some(LevelFilter::WARN) {
        // Of migrations only what goes wrong is news. Said first: what is asked for comes later.
        return parsed(&format!("refinery_core=warn,{filter}"));
    }
    asked
}

//! Logs: to stderr, as text in development and as JSON lines in production. And spans, if there is
//! a collector for them.

use std::io::{self, IsTerminal as _};

use opentelemetry_sdk::trace::SdkTracer;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt as _, FilterFn, LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

use crate::config::Mode;
use crate::traces;

/// `filter` has been checked by the configuration; if it fails all the same, `info` is used.
pub(crate) fn start(mode: Mode, filter: &str, tracer: Option<SdkTracer>) {
    let log = tracing_subscriber::fmt::layer()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    let log = match mode {
        Mode::Development => log.compact().boxed(),
        Mode::Production => log.json().flatten_event(true).with_current_span(true).boxed(),
    };
    let log = log.with_filter(of_log(filter).and(without_values()));
    // A second start in one process (only tests do that) keeps the first one's.
    drop(match tracer {
        // One filter for all: what it leaves out is not even created.
        None => Registry::default().with(log).try_init(),
        Some(tracer) => {
            // Only what the spans contain themselves: no one needs the place in the code there.
            let spans = tracing_opentelemetry::layer()
                .with_tracer(tracer)
                .with_location(false)
                .with_threads(false)
                .with_target(false)
                .with_tracked_inactivity(false)
                .with_context_activation(false)
                .with_filter(Targets::new().with_target(traces::TARGET, LevelFilter::INFO));
            Registry::default().with(log).with(spans).try_init()
        }
    });
}

/// The client of PostgreSQL logs each statement with its values: names, phones, hashes of
/// passwords. No filter of an operator may ask for that.
fn without_values() -> FilterFn {
    let told: fn(&Metadata<'_>) -> bool = |metadata| {
        *metadata.level() <= Level::INFO || !metadata.target().starts_with("tokio_postgres")
    };
    // Without a hint every event of every level would be looked at.
    FilterFn::new(told).with_max_level_hint(LevelFilter::TRACE)
}

/// The configured filter, without the spans that are for the collector.
fn of_log(filter: &str) -> EnvFilter {
    let parsed = |filter: &str| {
        let filter = format!("{filter},{}=off", traces::TARGET);
        EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"))
    };
    let asked = parsed(filter);
    if asked.max_level_hint() > Some(LevelFilter::WARN) {
        // Of migrations only warnings are logged. This part comes first, so that the configured
        // filter can override it.
        return parsed(&format!("refinery_core=warn,{filter}"));
    }
    asked
}

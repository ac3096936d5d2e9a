//! Logs: to stderr, for people in development, JSON lines in production.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use crate::config::Mode;

/// `filter` has been checked by the configuration; should it fail all the same, `info` is used.
pub(crate) fn start(mode: Mode, filter: &str) {
    // Said first, so that what is asked for counts: of migrations only what goes wrong is news.
    let ours = |filter: &str| EnvFilter::try_new(format!("refinery_core=warn,{filter}"));
    let filter = ours(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    // A second start in one process (there is none but in tests) keeps the first's.
    drop(match mode {
        Mode::Development => log.compact().try_init(),
        Mode::Production => log.json().flatten_event(true).with_current_span(true).try_init(),
    });
}

//! Logs: to stderr, for people in development, JSON lines in production.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::Mode;

/// `filter` has been checked by the configuration; should it fail all the same, `info` is used.
pub(crate) fn start(mode: Mode, filter: &str) {
    let parsed =
        |filter: &str| EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let mut asked = parsed(filter);
    if asked.max_level_hint() > Some(LevelFilter::WARN) {
        // Of migrations only what goes wrong is news. Said first: what is asked for comes later.
        asked = parsed(&format!("refinery_core=warn,{filter}"));
    }
    let log = tracing_subscriber::fmt()
        .with_env_filter(asked)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    // A second start in one process (there is none but in tests) keeps the first's.
    drop(match mode {
        Mode::Development => log.compact().try_init(),
        Mode::Production => log.json().flatten_event(true).with_current_span(true).try_init(),
    });
}

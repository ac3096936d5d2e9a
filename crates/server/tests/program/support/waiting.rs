//! Waiting for something that can only be seen by looking again.

use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);

/// Looks again until it has happened.
pub fn wait_for(what: &str, mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

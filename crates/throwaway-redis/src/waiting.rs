//! Waits for a server of another process: it is asked again and again, but not for ever.

use std::io;
use std::time::{Duration, Instant};

/// How long anything of this may take before a test fails; a busy machine is slow.
const PATIENCE_SECONDS: u64 = 60;

/// Looks again and again, at intervals that suit a busy machine.
pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) -> io::Result<()> {
    let until = Instant::now() + Duration::from_secs(PATIENCE_SECONDS);
    while !is_so() {
        if Instant::now() > until {
            return Err(io::Error::other(format!("waited {PATIENCE_SECONDS} s for {what}")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

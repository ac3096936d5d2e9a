//! PostgreSQL for tests: servers of their own in folders of their own, on free ports of this machine, gone
//! with whoever started them. One server, a standby that follows it and can take its place, and a
//! transaction that stays open.
//!
//! Nothing is synced, if nothing else is asked for. What was committed survives the end of a server's process,
//! not of the machine.

mod programs;
mod server;
mod snapshot;

pub use server::{Durability, Server};
pub use snapshot::Snapshot;

use std::io;
use std::time::{Duration, Instant};

/// How long anything of this may take before a test fails; a full machine is slow.
const PATIENCE_SECONDS: u64 = 60;

/// Whether the programs are on this machine.
pub fn is_installed() -> bool {
    programs::folder().is_some()
}

/// Looks again and again, as often as is good for a full machine.
fn wait_for(what: &str, mut is_so: impl FnMut() -> io::Result<bool>) -> io::Result<()> {
    let until = Instant::now() + Duration::from_secs(PATIENCE_SECONDS);
    while !is_so()? {
        if Instant::now() > until {
            return Err(io::Error::other(format!("waited {PATIENCE_SECONDS} s for {what}")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

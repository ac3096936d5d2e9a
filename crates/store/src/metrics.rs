//! What a driver's writer counts. It does not know who reads the counts: without a reader they cost
//! nothing.

use std::fmt;
use std::time::{Duration, Instant};

/// Commands that were committed together.
pub const GROUP_COMMANDS: &str = "seatwire_store_group_commands";
/// To decide, write and commit one group.
pub const COMMIT_SECONDS: &str = "seatwire_store_commit_duration_seconds";
/// Commands that wait for the writer.
pub const QUEUE_COMMANDS: &str = "seatwire_store_queue_commands";

/// One group was committed, or could not be.
#[expect(clippy::cast_precision_loss, reason = "a group has a few hundred commands")]
pub fn note_group(commands: usize, waiting: usize, took: Duration) {
    metrics::histogram!(GROUP_COMMANDS).record(commands as f64);
    metrics::histogram!(COMMIT_SECONDS).record(took);
    note_waiting(waiting);
}

/// So many commands wait for the writer now.
#[expect(clippy::cast_precision_loss, reason = "a queue has a few thousand commands")]
pub fn note_waiting(commands: usize) {
    metrics::gauge!(QUEUE_COMMANDS).set(commands as f64);
}

/// When this process learned that a group is committed: of its own right after the commit, of
/// another node's when it came. Only for figures: two copies of a group are equal all the same.
#[derive(Clone, Copy, Default)]
pub struct KnownAt(pub Option<Instant>);

impl KnownAt {
    /// This moment.
    pub fn now() -> Self {
        Self(Some(Instant::now()))
    }
}

impl PartialEq for KnownAt {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for KnownAt {}

impl fmt::Debug for KnownAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the time: what is printed of a simulated run is the same in every run.
        f.write_str("KnownAt")
    }
}

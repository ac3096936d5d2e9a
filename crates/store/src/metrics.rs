//! What a driver's writer counts. It does not know who reads the counts: without a reader they cost
//! nothing.

/// Commands that were committed together.
pub const GROUP_COMMANDS: &str = "seatwire_store_group_commands";
/// To decide, write and commit one group.
pub const COMMIT_SECONDS: &str = "seatwire_store_commit_duration_seconds";
/// Commands that waited for the writer when it took its last group.
pub const QUEUE_COMMANDS: &str = "seatwire_store_queue_commands";

/// One group was committed, or could not be.
#[expect(clippy::cast_precision_loss, reason = "a group and a queue have a few thousand commands")]
pub fn note_group(commands: usize, waiting: usize, took: std::time::Duration) {
    metrics::histogram!(GROUP_COMMANDS).record(commands as f64);
    metrics::histogram!(COMMIT_SECONDS).record(took);
    metrics::gauge!(QUEUE_COMMANDS).set(waiting as f64);
}

//! Every bound of the engine, in one place, each with its unit.
//!
//! Nothing in this crate grows without one of these, except sessions that wait for their clients
//! ([`RecoveryConfig`](crate::recovery::RecoveryConfig)). The defaults suit a server that holds ten
//! thousand viewers in a few tens of megabytes.

/// Bounds of a [`Hub`](crate::Hub). A zero is read as one: a bound may be tight, never absurd.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Viewers (connections) at one time.
    pub viewers_max: usize,
    /// Rooms that one viewer may be in.
    pub rooms_per_viewer_max: usize,
    /// Events that one room's log keeps.
    pub log_events_max: usize,
    /// Bytes that one room's log keeps: messages and the frames made of them.
    pub log_bytes_max: usize,
    /// Bytes that all logs keep together; beyond it every log drops its older half.
    pub logs_bytes_max: usize,
    /// Events of one room that wait while a hole before them is being filled; more are dropped and
    /// read back from history.
    pub waiting_events_max: usize,
    /// How many events before the head a viewer may ask to start ([`Start::After`](crate::Start));
    /// at most [`Limits::lag_events_max`].
    pub backlog_events_max: u64,
    /// How far a viewer may fall behind the head before it is disconnected.
    pub lag_events_max: u64,
    /// Events that are read from history in one page.
    pub page_events_max: usize,
    /// Pages that are read at the same time. Few: viewers that catch up can wait; the same cores
    /// write the newest events to all others.
    pub pages_at_once_max: usize,
    /// Full pages that are kept for the next viewers that catch up, of all rooms together.
    pub pages_kept_max: usize,
    /// Bytes of all pages, beyond which only those that viewers hold are kept.
    pub pages_kept_bytes_max: usize,
    /// Tries to read a page from history before the reader gives up.
    pub page_attempts_max: u32,
    /// Bytes of packets that may wait for one viewer's socket; beyond it the viewer is closed.
    pub outbox_bytes_max: usize,
    /// Bytes that are passed to a socket in one call, if a single frame is not already larger.
    pub write_bytes_max: usize,
    /// Viewers that a pass writes to before it lets other tasks run.
    pub pass_chunk_viewers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            viewers_max: 65_536,
            rooms_per_viewer_max: 64,
            log_events_max: 512,
            log_bytes_max: 1 << 20,
            logs_bytes_max: 16 << 20,
            waiting_events_max: 1_024,
            backlog_events_max: 1_000,
            lag_events_max: 10_000,
            page_events_max: 128,
            pages_at_once_max: 2,
            pages_kept_max: 16,
            pages_kept_bytes_max: 4 << 20,
            page_attempts_max: 5,
            outbox_bytes_max: 256 << 10,
            write_bytes_max: 64 << 10,
            pass_chunk_viewers: 64,
        }
    }
}

impl Limits {
    /// The same limits with every zero raised to one, so that no loop stands still on them.
    pub(crate) fn at_least_one(mut self) -> Self {
        for bound in [
            &mut self.viewers_max,
            &mut self.rooms_per_viewer_max,
            &mut self.log_events_max,
            &mut self.log_bytes_max,
            &mut self.logs_bytes_max,
            &mut self.waiting_events_max,
            &mut self.page_events_max,
            &mut self.pages_at_once_max,
            &mut self.pages_kept_max,
            &mut self.pages_kept_bytes_max,
            &mut self.outbox_bytes_max,
            &mut self.write_bytes_max,
            &mut self.pass_chunk_viewers,
        ] {
            *bound = (*bound).max(1);
        }
        // A viewer that may start that far back must not be closed for it.
        self.lag_events_max = self.lag_events_max.max(1);
        self.backlog_events_max = self.backlog_events_max.min(self.lag_events_max);
        self.page_attempts_max = self.page_attempts_max.max(1);
        self
    }
}

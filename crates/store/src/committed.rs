//! The committed stream: what happened, told after it is durable, in the order in which it happened.
//!
//! It is the only source of what viewers see. A driver feeds it from where it commits, never from a
//! request's own task: a buyer may hang up, and two of them may wake in the wrong order.

use domain::SeatEvent;
use tokio::sync::mpsc;

/// How many commits may wait for the reader. A reader that is further behind holds the next commit
/// back: telling late is allowed, forgetting is not.
pub const COMMITTED_BATCHES_MAX: usize = 1_024;

/// The reading end: one batch per commit, each by `position`.
#[derive(Debug)]
pub struct CommittedStream(mpsc::Receiver<Vec<SeatEvent>>);

/// The driver's end.
#[derive(Clone, Debug)]
pub struct CommittedFeed(mpsc::Sender<Vec<SeatEvent>>);

pub fn committed_stream() -> (CommittedFeed, CommittedStream) {
    let (feed, stream) = mpsc::channel(COMMITTED_BATCHES_MAX);
    (CommittedFeed(feed), CommittedStream(stream))
}

impl CommittedStream {
    /// The next commit's events; `None` when the store is gone.
    pub async fn next(&mut self) -> Option<Vec<SeatEvent>> {
        self.0.recv().await
    }
}

impl CommittedFeed {
    /// Tells one commit, from the driver's own thread; waits while the reader is too far behind. A
    /// reader that has gone away is no error: then nobody is looking.
    pub fn tell_blocking(&self, events: Vec<SeatEvent>) {
        if !events.is_empty() {
            drop(self.0.blocking_send(events));
        }
    }
}

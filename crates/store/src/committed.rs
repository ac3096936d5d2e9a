//! The committed stream: what happened, told after it is durable, in the order in which it happened.
//!
//! It is the only source of what viewers see. A driver feeds it from where it commits, never from a
//! request's own task: a buyer may hang up, and two of them may wake in the wrong order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::RouteEvent;
use tokio::sync::mpsc;

/// How many commits may wait for the reader. A reader that is further behind holds the next commit
/// back: telling late is allowed, forgetting is not.
pub const COMMITTED_BATCHES_MAX: usize = 1_024;

/// The reading end: one batch per commit, each by `position`.
#[derive(Debug)]
pub struct CommittedStream(mpsc::Receiver<Vec<RouteEvent>>, Newest);

/// The driver's end.
#[derive(Clone, Debug)]
pub struct CommittedFeed(mpsc::Sender<Vec<RouteEvent>>, Newest);

/// How far the driver has told, read or not: whatever was answered is at or before it.
#[derive(Clone, Debug, Default)]
pub struct Newest(Arc<AtomicU64>);

impl Newest {
    /// The newest position that was told since the store was opened; 0 before the first.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

pub fn committed_stream() -> (CommittedFeed, CommittedStream) {
    let (feed, stream) = mpsc::channel(COMMITTED_BATCHES_MAX);
    let newest = Newest::default();
    (CommittedFeed(feed, newest.clone()), CommittedStream(stream, newest))
}

impl CommittedStream {
    /// The next commit's events; `None` when the store is gone.
    pub async fn next(&mut self) -> Option<Vec<RouteEvent>> {
        self.0.recv().await
    }

    /// How far the driver has told; for whoever wants to know whether a reader is level.
    pub fn newest(&self) -> Newest {
        self.1.clone()
    }
}

impl CommittedFeed {
    /// As [`CommittedFeed::tell_blocking`], from a task.
    pub async fn tell(&self, events: Vec<RouteEvent>) {
        if let Some(newest) = events.iter().map(RouteEvent::position).max() {
            self.1.0.fetch_max(newest, Ordering::AcqRel);
            drop(self.0.send(events).await);
        }
    }

    /// Tells one commit, from the driver's own thread; waits while the reader is too far behind. A
    /// reader that has gone away is no error: then nobody is looking.
    pub fn tell_blocking(&self, events: Vec<RouteEvent>) {
        if let Some(newest) = events.iter().map(RouteEvent::position).max() {
            // Before it is sent, and so before anybody is answered.
            self.1.0.fetch_max(newest, Ordering::AcqRel);
            drop(self.0.blocking_send(events));
        }
    }
}

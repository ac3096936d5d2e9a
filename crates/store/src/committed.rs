//! The committed stream: what happened, sent after it is durable, in the order of the commits.
//!
//! It is the only source of what viewers see. A driver feeds it from where it commits, never from a
//! request's own task: a buyer may close the connection, and two tasks may wake in the wrong order.
//! Each item is one whole group of the chain, and continues the one before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use crate::CommittedGroup;
use crate::metrics::KnownAt;

/// How many commits may wait for the reader. A reader that is further behind holds the next commit
/// back: a late group is allowed, a lost one is not.
pub const COMMITTED_GROUPS_MAX: usize = 1_024;

/// The reading end.
#[derive(Debug)]
pub struct CommittedStream(mpsc::Receiver<CommittedGroup>, Newest);

/// The driver's end.
#[derive(Clone, Debug)]
pub struct CommittedFeed(mpsc::Sender<CommittedGroup>, Newest);

/// How far the driver has sent, read or not: every answered command is at or before it.
#[derive(Clone, Debug, Default)]
pub struct Newest(Arc<AtomicU64>);

impl Newest {
    /// The newest position sent since the store was opened; 0 before the first.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// Both ends of a new stream.
pub fn committed_stream() -> (CommittedFeed, CommittedStream) {
    let (feed, stream) = mpsc::channel(COMMITTED_GROUPS_MAX);
    let newest = Newest::default();
    (CommittedFeed(feed, newest.clone()), CommittedStream(stream, newest))
}

impl CommittedStream {
    /// The next group; `None` when the store is gone.
    pub async fn next(&mut self) -> Option<CommittedGroup> {
        self.0.recv().await
    }

    /// How far the driver has sent; shows whether a reader has read all of it.
    pub fn newest(&self) -> Newest {
        self.1.clone()
    }
}

impl CommittedFeed {
    /// Sends one group, from the driver's own thread; waits while the reader is too far behind. A
    /// reader that is gone is no error: then no one needs the group.
    pub fn tell_blocking(&self, mut group: CommittedGroup) {
        self.note(&mut group);
        drop(self.0.blocking_send(group));
    }

    /// [`CommittedFeed::tell_blocking`], from the driver's own task.
    pub async fn tell(&self, mut group: CommittedGroup) {
        self.note(&mut group);
        drop(self.0.send(group).await);
    }

    /// Before it is sent, and so before any caller is answered.
    fn note(&self, group: &mut CommittedGroup) {
        group.known_at = KnownAt::now();
        self.1.0.fetch_max(group.last_place, Ordering::AcqRel);
    }
}

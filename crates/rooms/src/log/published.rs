//! How far the one feeder has got: the position up to which every room's log has all its events.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub(crate) struct Published {
    /// The store's epoch: positions count within it.
    pub(crate) epoch: u32,
    through: AtomicU64,
}

impl Published {
    pub(crate) fn new(epoch: u32, through: u64) -> Self {
        Self { epoch, through: AtomicU64::new(through) }
    }

    /// The watermark. To be read before a log: every event at or below it is in its log already.
    pub(crate) fn through(&self) -> u64 {
        self.through.load(Ordering::Acquire)
    }

    /// To be called after events up to this position were put into all their logs.
    pub(crate) fn has_got_to(&self, position: u64) {
        self.through.fetch_max(position, Ordering::AcqRel);
    }
}

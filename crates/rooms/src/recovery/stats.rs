//! What became of clients that could come back, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// What became of clients that could come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecoveryStats {
    /// Are in their rooms again and have missed nothing.
    pub recovered: u64,
    /// Nothing was kept: the window was over, another connection was faster, or the process was killed
    /// before their first session was written down.
    pub unknown: u64,
    /// The session was somebody else's.
    pub foreign: u64,
    /// Too much was missed, or it is no longer known what.
    pub unrecoverable: u64,
    /// Came back while their old connection still seemed to be there; it was closed.
    pub replaced: u64,
    /// Asked for a room that they had just come back to, and were left where they are in it.
    pub left_in_place: u64,
    /// Joins that were written down, then failed, and were taken back.
    pub taken_back: u64,
    /// Watch on, but begin anew when they come back: their session could not be written down.
    pub given_up: u64,
    /// Wait for their clients now.
    pub waiting: usize,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) recovered: AtomicU64,
    pub(super) unknown: AtomicU64,
    pub(super) foreign: AtomicU64,
    pub(super) unrecoverable: AtomicU64,
    pub(super) replaced: AtomicU64,
    pub(super) left_in_place: AtomicU64,
    pub(super) taken_back: AtomicU64,
    pub(super) given_up: AtomicU64,
}

impl Counters {
    /// Since the start; `waiting` wait for their clients now.
    pub(super) fn stats(&self, waiting: usize) -> RecoveryStats {
        let so_far = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RecoveryStats {
            recovered: so_far(&self.recovered),
            unknown: so_far(&self.unknown),
            foreign: so_far(&self.foreign),
            unrecoverable: so_far(&self.unrecoverable),
            replaced: so_far(&self.replaced),
            left_in_place: so_far(&self.left_in_place),
            taken_back: so_far(&self.taken_back),
            given_up: so_far(&self.given_up),
            waiting,
        }
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

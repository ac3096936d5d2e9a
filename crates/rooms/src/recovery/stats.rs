//! The outcomes of recoveries, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// The outcomes of recoveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecoveryStats {
    /// Clients that are in their rooms again and have missed nothing.
    pub recovered: u64,
    /// Nothing was kept: the window was over, another connection was faster, or the process was
    /// killed before their first session was saved.
    pub unknown: u64,
    /// The session belonged to another owner.
    pub foreign: u64,
    /// The client missed too much, or the missed events are no longer kept.
    pub unrecoverable: u64,
    /// Clients that connected again while their old connection still seemed open; that one was
    /// closed.
    pub replaced: u64,
    /// Clients that asked for a room that was just recovered, and kept their place in it.
    pub left_in_place: u64,
    /// Joins that were saved, then failed, and were undone.
    pub taken_back: u64,
    /// Clients that watch on, but begin anew when they connect again: their session could not be
    /// saved.
    pub given_up: u64,
    /// Sessions that wait for their clients now.
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
    /// The counts since the start; `waiting` sessions wait for their clients now.
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

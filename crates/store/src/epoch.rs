//! The epoch of a database: which of its histories its places belong to.
//!
//! Drawn when a database is made, and anew when it goes back to an older state (a backup that is put
//! back): then places are given out again, to other events, and what a viewer saw up to a place of
//! the epoch before says nothing.

use std::time::Duration;

/// Another one, almost certainly, for every history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(pub u32);

/// How long before an epoch is seen first it may have begun: nodes look every two seconds.
pub const EPOCH_UNSEEN_SECONDS: u64 = 30;

/// What an epoch has in common with the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormerEpoch {
    /// Up to this place both are the same for certain. Behind it, a viewer may have seen what was lost.
    pub same_up_to: u64,
    /// How long this one has been known.
    pub known_for: Duration,
}

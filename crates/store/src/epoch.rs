//! The epoch of a database: which of its histories its places belong to.
//!
//! Drawn when a database is made, and again when it goes back to an older state (a restored
//! backup): then places are given out again, to other events, and a place of the former epoch does
//! not show what a viewer has seen.

use std::time::Duration;

/// Almost certainly a different one for every history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(pub u32);

/// How long an epoch may have existed before it is first seen: nodes look every two seconds.
pub const EPOCH_UNSEEN_SECONDS: u64 = 30;

/// What an epoch has in common with the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormerEpoch {
    /// Up to this place both are certainly the same. After it, a viewer may have seen what was
    /// lost.
    pub same_up_to: u64,
    /// How long this one has been known.
    pub known_for: Duration,
}

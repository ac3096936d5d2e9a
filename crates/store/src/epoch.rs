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

/// How long a viewer may sleep (a closed laptop, a page in the background) and still reconnect with
/// what it saw in an epoch that is over.
pub const FORMER_EPOCH_SECONDS: u64 = 24 * 60 * 60;

/// What an epoch has in common with all those before it that ended in the last
/// [`FORMER_EPOCH_SECONDS`]: a viewer may come from any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormerEpoch {
    /// Up to this place all of them are certainly the same. After it, a viewer may have seen what
    /// was lost.
    pub same_up_to: u64,
    /// How long this one has been known.
    pub known_for: Duration,
}

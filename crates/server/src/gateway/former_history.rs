//! The histories from before the database went back to an older state, and which viewers may still
//! come from them.
//!
//! A viewer that reconnects and says only how far it got (`since`) does not say in which history.
//! Unless all histories are certainly the same up to there, it does not resume: it gets a snapshot,
//! which is right in any case. After a while no viewer is expected from those histories any more,
//! and `since` counts again.

use std::time::Duration;

use store::{FORMER_EPOCH_SECONDS, FormerEpoch};
use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(crate) struct FormerHistory {
    same_up_to: u64,
    until: Instant,
}

impl FormerHistory {
    /// `None` if no viewer is expected from there.
    pub(super) fn of(former: FormerEpoch) -> Option<Self> {
        let window = Duration::from_secs(FORMER_EPOCH_SECONDS);
        let left = window.checked_sub(former.known_for).filter(|left| !left.is_zero())?;
        Some(Self { same_up_to: former.same_up_to, until: Instant::now() + left })
    }

    /// Up to which position all histories are the same, so that it does not matter from which one a
    /// viewer comes; `None` if it does not matter at all.
    pub(super) fn same_up_to(&self) -> Option<u64> {
        (Instant::now() < self.until).then_some(self.same_up_to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_counts_for_a_day_from_when_it_was_seen() {
        let known_for = Duration::from_secs(FORMER_EPOCH_SECONDS - 60);
        let former = FormerHistory::of(FormerEpoch { same_up_to: 7, known_for }).unwrap();
        assert_eq!(former.same_up_to(), Some(7));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(former.same_up_to(), None);
        let known_for = Duration::from_secs(FORMER_EPOCH_SECONDS);
        assert!(FormerHistory::of(FormerEpoch { same_up_to: 7, known_for }).is_none());
    }
}

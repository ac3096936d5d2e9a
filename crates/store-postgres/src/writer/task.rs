//! The state of the writer's task, and how long it waits between two tries.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use deadpool_postgres::Pool;
use store::{CommittedFeed, Condition, DataKeys, WorkingSet};
use uuid::Uuid;

use crate::connection::Warnings;
use crate::kept_routes::KeptAt;
use crate::lanes::Lanes;
use crate::notifies::Notifies;
use crate::step::Time;

/// The state of the task.
pub(super) struct Task {
    pub(super) keys: DataKeys,
    pub(super) pool: Pool,
    pub(super) warnings: Warnings,
    pub(super) feed: CommittedFeed,
    pub(super) condition: Condition,
    pub(super) lanes: Lanes,
    pub(super) set: WorkingSet,
    /// The last group that this process has written; the kept routes are as of it.
    pub(super) kept_at: Option<KeptAt>,
    /// Whether jobs are likely to come while the next group waits for the clock: the last one had
    /// several, or another process had the clock before it.
    pub(super) closes_late: bool,
    /// This process's id, in the rows of its groups and in its notices.
    pub(super) node: Uuid,
    pub(super) notifies: Notifies,
    pub(super) time: Time,
    pub(super) ignores_legs: Arc<AtomicBool>,
    #[cfg(feature = "simulation")]
    pub(super) by_turns: Arc<AtomicBool>,
    /// For tests: what the other process keeps.
    #[cfg(feature = "simulation")]
    pub(super) others: (WorkingSet, Option<KeptAt>),
}

/// Random: only the process that has written a group can name it.
pub(super) fn random_id() -> Uuid {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid()
}

/// Between two tries of a group: longer each time, and never the same for two processes.
pub(super) fn pause(tries: u32) -> Duration {
    const FIRST_MILLISECONDS: u64 = 20;
    const MILLISECONDS_MAX: u64 = 1_000;
    let longest = FIRST_MILLISECONDS.saturating_mul(1 << tries.min(10)).min(MILLISECONDS_MAX);
    Duration::from_millis(fastrand::u64(longest / 2..=longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two processes that met in a deadlock must not meet again at the same moment.
    #[test]
    fn a_pause_grows_up_to_a_second_and_is_never_the_same_for_all() {
        let mut longest = 20;
        for tries in 0..40 {
            let pauses: Vec<_> = (0..200).map(|_| pause(tries).as_millis()).collect();
            let bounds = longest / 2..=longest;
            assert!(pauses.iter().all(|pause| bounds.contains(pause)), "{tries}: {pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{tries}: all alike");
            longest = (2 * longest).min(1_000);
        }
    }
}

//! Does something for many clients, evenly over a time: a client that is disconnected connects
//! again somewhere at once, and many that come at one moment slow down all others.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The least pause between two groups. It decides how large a group is.
const PAUSE_MIN: Duration = Duration::from_millis(50);

/// Calls `each` for each of them once; for all at once if there is no time.
pub async fn evenly<T>(all: &[T], over: Duration, each: impl Fn(&T)) {
    let groups_max = usize::try_from(over.as_millis() / PAUSE_MIN.as_millis());
    let groups = groups_max.unwrap_or(usize::MAX).min(all.len()).max(1);
    let pause = over / u32::try_from(groups).unwrap_or(u32::MAX);
    let begun = Instant::now();
    for (index, group) in all.chunks(all.len().div_ceil(groups).max(1)).enumerate() {
        let passed = pause.saturating_mul(u32::try_from(index).unwrap_or(u32::MAX));
        sleep_until(begun + passed).await;
        group.iter().for_each(&each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// How long after the start each of this many was called, in milliseconds.
    async fn met(count: u32, over_millis: u64) -> Vec<u128> {
        let (begun, met) = (Instant::now(), RefCell::new(Vec::new()));
        let all: Vec<u32> = (0..count).collect();
        let note = |_: &u32| met.borrow_mut().push(begun.elapsed().as_millis());
        evenly(&all, Duration::from_millis(over_millis), note).await;
        met.into_inner()
    }

    #[tokio::test(start_paused = true)]
    async fn everybody_is_met_once_and_nobody_late() {
        assert_eq!(met(0, 1_000).await, []);
        assert_eq!(met(4, 0).await, [0, 0, 0, 0]);
        assert_eq!(met(4, 10).await, [0, 0, 0, 0]);
        assert_eq!(met(2, 1_000).await, [0, 500]);
        assert_eq!(met(5, 100).await, [0, 0, 0, 50, 50]);
        let many = met(1_000, 10_000).await;
        assert_eq!((many.len(), many[999]), (1_000, 9_950));
        assert!(many.chunks(5).enumerate().all(|(group, at)| at[0] == 50 * group as u128));
    }
}

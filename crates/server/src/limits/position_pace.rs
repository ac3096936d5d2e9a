//! How often a bus may report where it is.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::RouteId;
use parking_lot::Mutex;

const BETWEEN_REPORTS: Duration = Duration::from_secs(1);

/// Departures whose last report is known, at some fifty bytes each: more than ever report in one
/// second.
const DEPARTURES_MAX: usize = 4_096;

#[derive(Debug, Default)]
pub(crate) struct PositionPace(Mutex<HashMap<RouteId, Instant>>);

impl PositionPace {
    /// Whether this departure's last report is long enough ago; then this one becomes the last.
    pub(crate) fn admits(&self, route: RouteId, now: Instant) -> bool {
        let mut last = self.0.lock();
        if last.get(&route).is_some_and(|at| *at + BETWEEN_REPORTS > now) {
            return false;
        }
        if last.len() >= DEPARTURES_MAX {
            // A departure with an older last report may report anyway.
            last.retain(|_, at| *at + BETWEEN_REPORTS > now);
            if last.len() >= DEPARTURES_MAX {
                return false;
            }
        }
        last.insert(route, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn once_a_second_and_a_bounded_number_of_departures() {
        let (pace, mut now) = (PositionPace::default(), Instant::now());
        let route = |number: u128| RouteId(Uuid::from_u128(number));
        assert!(pace.admits(route(0), now));
        assert!(!pace.admits(route(0), now + Duration::from_millis(999)));
        assert!(pace.admits(route(1), now));
        now += BETWEEN_REPORTS;
        assert!(pace.admits(route(0), now));
        for number in 1..DEPARTURES_MAX as u128 {
            assert!(pace.admits(route(number), now), "{number}");
        }
        assert!(!pace.admits(route(1 << 60), now), "full of those who have just reported");
        now += BETWEEN_REPORTS;
        assert!(pace.admits(route(1 << 60), now));
        assert_eq!(pace.0.lock().len(), 1);
    }
}

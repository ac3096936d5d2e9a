//! A delay: the times of a departure on which seats have been sold.
//!
//! Travellers have planned by those times. So times only move later, and not at stops that the bus
//! has left. An agent's limit counts from the times that were sold, also over several delays.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::limits::DELAY_BY_AGENTS_HOURS_MAX;
use super::plan::RoutePlan;
use super::{Route, Stop};
use crate::{Refusal, Seq};

impl RoutePlan {
    /// Refuses times that the sold route cannot be moved to. The route has the plan's stops.
    pub(super) fn must_delay(
        &self,
        route: &Route,
        is_by_admin: bool,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let moved = |(_, (old, new)): &(usize, (&Stop, &Stop))| old.time != new.time;
        for (index, (old, new)) in route.stops.iter().zip(&self.stops).enumerate().filter(moved) {
            let city = || old.name.clone();
            if old.time <= now {
                return Err(Refusal::StopIsOver { city: city() });
            }
            if new.time < old.time {
                return Err(Refusal::OnlyLater { city: city() });
            }
            let delay = new.time.duration_since(route.sold_time(index, old));
            if !is_by_admin && delay > SignedDuration::from_hours(DELAY_BY_AGENTS_HOURS_MAX) {
                return Err(Refusal::DelayTooLong { city: city() });
            }
        }
        Ok(())
    }

    /// The sold times that the route has to remember.
    pub fn sold_times_over(&self, route: &Route) -> Option<Arc<[Timestamp]>> {
        if route.seq == Seq::ZERO {
            return None;
        }
        let times = || route.stops.iter().map(|stop| stop.time).collect();
        // Nothing moves before the first sale, so these are the times by which it was made.
        let is_first_delay = route.sold_times.is_none() && *self.stops != *route.stops;
        if is_first_delay { Some(times()) } else { route.sold_times.clone() }
    }
}

impl Route {
    fn sold_time(&self, index: usize, stop: &Stop) -> Timestamp {
        let sold = self.sold_times.as_ref().and_then(|times| times.get(index));
        sold.copied().unwrap_or(stop.time)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{plan, route};
    use super::*;

    fn later(plan: &RoutePlan, from: usize, hours: i64) -> RoutePlan {
        let mut plan = plan.clone();
        for stop in plan.stops.iter_mut().skip(from) {
            stop.time += SignedDuration::from_hours(hours);
        }
        plan
    }

    #[test]
    fn an_agents_delays_count_from_the_times_first_sold() {
        let (plan, mut route) = (plan(), route());
        route.seq = Seq::ZERO.next();
        let now = route.stops[0].time - SignedDuration::from_hours(1);
        let city = |index: usize| route.stops[index].name.clone();
        let (first, second) = (city(0), city(1));
        assert_eq!(later(&plan, 0, 3).check_over(&route, false, now), Ok(()));
        let too_long = Err(Refusal::DelayTooLong { city: first.clone() });
        assert_eq!(later(&plan, 0, 4).check_over(&route, false, now), too_long);
        assert_eq!(later(&plan, 0, 400).check_over(&route, true, now), Ok(()));
        // Two steps together reach the limit too.
        let half = later(&plan, 0, 2);
        route.sold_times = half.sold_times_over(&route);
        route.stops = half.stops.clone().into();
        assert_eq!(later(&half, 0, 1).check_over(&route, false, now), Ok(()));
        assert_eq!(later(&half, 0, 2).check_over(&route, false, now), too_long);
        let sold: Arc<[_]> = plan.stops.iter().map(|stop| stop.time).collect();
        assert_eq!(later(&half, 0, 1).sold_times_over(&route), Some(sold));
        // A time moved back is not later, for any caller.
        let earlier = Err(Refusal::OnlyLater { city: first.clone() });
        assert_eq!(plan.check_over(&route, true, now), earlier);
        // Stops that the bus has left do not move; stops ahead of it do.
        let now = route.stops[0].time;
        let over = Err(Refusal::StopIsOver { city: first });
        assert_eq!(later(&half, 0, 1).check_over(&route, true, now), over);
        assert_eq!(later(&half, 1, 1).check_over(&route, false, now), Ok(()));
        let too_long = Err(Refusal::DelayTooLong { city: second });
        assert_eq!(later(&half, 1, 2).check_over(&route, false, now), too_long);
    }

    #[test]
    fn before_the_first_sale_nothing_is_remembered() {
        let (plan, route) = (plan(), route());
        assert_eq!(later(&plan, 0, 9).sold_times_over(&route), None);
        let now = route.stops[0].time - SignedDuration::from_hours(1);
        assert_eq!(later(&plan, 0, 9).check_over(&route, false, now), Ok(()));
    }
}

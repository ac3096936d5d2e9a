//! What is fixed on a route once seats have been sold on it.

use jiff::Timestamp;

use super::Route;
use super::plan::RoutePlan;
use crate::{Refusal, Seq};

impl RoutePlan {
    /// What a changed route may still change. Once seats have been sold on it (`route.seq > 0`),
    /// its bus and stops are fixed, and its times move as a delay. Before that, a new departure
    /// must lie in the future.
    pub fn check_over(
        &self,
        route: &Route,
        is_by_admin: bool,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.bus_id == route.bus_id && *self.stops == *route.stops {
            return Ok(());
        }
        if route.seq == Seq::ZERO {
            return self.must_leave_after(now).map_err(Refusal::Invalid);
        }
        // A ticket sold on the old plan would mean something else on another bus or with other
        // stops.
        let has_its_stops =
            self.stops.iter().map(|stop| &stop.name).eq(route.stops.iter().map(|stop| &stop.name));
        if self.bus_id != route.bus_id || !has_its_stops {
            return Err(Refusal::RouteFixed);
        }
        self.must_delay(route, is_by_admin, now)
    }
}

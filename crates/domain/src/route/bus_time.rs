//! One bus is on one departure at a time: from when it leaves the first stop until it reaches the
//! last.
//!
//! A departure that is off sale keeps its bus: what was sold on it still travels.

use super::plan::RoutePlan;
use super::{Route, Stop};
use crate::Refusal;
use crate::calendar::TimeRange;

impl RoutePlan {
    /// When the bus is on the way. Another departure may leave as this one arrives.
    pub fn bus_time(&self) -> Option<TimeRange> {
        let (first, last) = (self.stops.first()?, self.stops.last()?);
        Some(TimeRange { start: first.time, end: last.time })
    }

    /// Whether the store has to look for other departures of the bus: for a new route, and when a
    /// change takes another bus or another time. A price can change on routes that overlap already.
    pub fn takes_bus_time(&self, old: Option<&Route>) -> bool {
        let stays = old.is_some_and(|old| {
            let first = |stops: &[Stop]| stops.first().map(|stop| stop.time);
            let last = |stops: &[Stop]| stops.last().map(|stop| stop.time);
            old.bus_id == self.bus_id
                && first(&old.stops) == first(&self.stops)
                && last(&old.stops) == last(&self.stops)
        });
        !stays && !self.allow_overlap
    }

    /// Refuses a plan whose bus is on the way elsewhere; `other` is the first departure that a
    /// store finds on that bus within [`RoutePlan::bus_time`].
    pub fn must_have_its_bus(&self, other: Option<&Route>) -> Result<(), Refusal> {
        let (Some(time), Some(other)) = (self.bus_time(), other) else { return Ok(()) };
        let (Some(first), Some(last)) = (other.stops.first(), other.stops.last()) else {
            return Ok(());
        };
        if other.bus_id != self.bus_id || first.time >= time.end || time.start >= last.time {
            return Ok(());
        }
        Err(Refusal::BusBusy {
            route_id: other.id,
            from_city: first.name.clone(),
            to_city: last.name.clone(),
            departs_at: first.time,
        })
    }
}

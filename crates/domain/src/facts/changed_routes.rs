//! What commands have changed on routes, for other processes that keep those routes.
//!
//! It has seats, and the holders that had or have them: with these a store reads again what it
//! needs, and no more. It says where something changed, never the new state.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Holder, RouteId, SeatNumber};

/// Seats of one route that are listed one by one; with more than this, the whole route is read
/// again.
pub(super) const CHANGED_SEATS_MAX: usize = 512;

/// Seats, each with one who had it or has it now.
pub type ChangedSeats = BTreeSet<(SeatNumber, Holder)>;

/// What has changed of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangedRoute {
    Seats(ChangedSeats),
    Whole,
}

/// Routes that have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangedRoutes {
    These(BTreeMap<RouteId, ChangedRoute>),
    /// Any route may have changed: a bus, say, that it uses.
    Any,
}

impl Default for ChangedRoutes {
    fn default() -> Self {
        Self::These(BTreeMap::new())
    }
}

impl ChangedRoutes {
    pub fn note_seats(
        &mut self,
        id: RouteId,
        seats: impl IntoIterator<Item = (SeatNumber, Holder)>,
    ) {
        let Self::These(routes) = self else { return };
        let route = routes.entry(id).or_insert_with(|| ChangedRoute::Seats(BTreeSet::new()));
        if let ChangedRoute::Seats(known) = route {
            known.extend(seats);
            if known.len() > CHANGED_SEATS_MAX {
                *route = ChangedRoute::Whole;
            }
        }
    }

    pub fn note_whole(&mut self, id: RouteId) {
        if let Self::These(routes) = self {
            routes.insert(id, ChangedRoute::Whole);
        }
    }

    /// Adds what was changed after it.
    pub fn add(&mut self, later: Self) {
        let Self::These(routes) = later else {
            *self = Self::Any;
            return;
        };
        for (id, changed) in routes {
            match changed {
                ChangedRoute::Seats(seats) => self.note_seats(id, seats),
                ChangedRoute::Whole => self.note_whole(id),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::TicketId;
    use crate::seat::SEATS_MAX;

    fn route() -> RouteId {
        RouteId(Uuid::from_u128(1))
    }

    fn seat(number: u16) -> (SeatNumber, Holder) {
        let holder = Holder::Ticket(TicketId(Uuid::from_u128(number.into())));
        (SeatNumber::new(number).unwrap(), holder)
    }

    fn seats(numbers: impl IntoIterator<Item = u16>) -> ChangedRoutes {
        let mut changed = ChangedRoutes::default();
        changed.note_seats(route(), numbers.into_iter().map(seat));
        changed
    }

    fn whole() -> ChangedRoutes {
        let mut changed = ChangedRoutes::default();
        changed.note_whole(route());
        changed
    }

    fn check(first: ChangedRoutes, later: ChangedRoutes, both: &ChangedRoutes) {
        let mut sum = first;
        sum.add(later);
        assert_eq!(&sum, both);
    }

    #[test]
    fn what_has_changed_by_turns_has_changed() {
        check(seats([1, 2]), seats([2, 3]), &seats([1, 2, 3]));
        check(seats([1]), whole(), &whole());
        check(whole(), seats([1]), &whole());
        check(seats([1]), ChangedRoutes::Any, &ChangedRoutes::Any);
        check(ChangedRoutes::Any, seats([1]), &ChangedRoutes::Any);
        check(ChangedRoutes::default(), ChangedRoutes::default(), &ChangedRoutes::default());
    }

    #[test]
    fn of_many_seats_the_route_is_told() {
        let many = u16::try_from(CHANGED_SEATS_MAX).unwrap();
        let holders = |holder: u128| {
            (1..=SEATS_MAX).map(move |number| {
                let ticket = TicketId(Uuid::from_u128(holder * 1_000 + u128::from(number)));
                (SeatNumber::new(number).unwrap(), Holder::Ticket(ticket))
            })
        };
        let mut changed = ChangedRoutes::default();
        for holder in 0..=u128::from(many / SEATS_MAX) {
            changed.note_seats(route(), holders(holder));
        }
        assert_eq!(changed, whole());
    }
}

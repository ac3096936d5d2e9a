//! The routes that are known, which parts of them are out of date, and what was changed on them
//! here.
//!
//! Invariants: a route with a part out of date is not there when something is decided. Every change
//! of a route here, and every forgetting, is noted: what makes a route old here is exactly what
//! makes it old in another process that keeps it.

use std::collections::HashMap;

use super::changed_routes::{CHANGED_SEATS_MAX, ChangedRoute, ChangedRoutes, ChangedSeats};
use super::route_facts::RouteFacts;
use super::seat_legs::SeatLegs;
use crate::fair_use::Claim;
use crate::{Gender, Holder, Pnr, RouteId, RoutePlace, SeatNumber, TicketId};

/// What a store has read again of a route: all that the holders have who had or have a seat that
/// changed.
#[derive(Debug, Default)]
pub struct RouteAgain {
    pub head: RoutePlace,
    pub legs: Vec<(SeatNumber, u8, Holder)>,
    pub claims: Vec<(Holder, Claim)>,
    pub sitters: Vec<(TicketId, Gender, Pnr)>,
}

#[derive(Debug)]
struct KnownRoute {
    facts: RouteFacts,
    /// To be read again before anything is decided on it.
    old: ChangedSeats,
}

#[derive(Debug, Default)]
pub(super) struct KnownRoutes {
    routes: HashMap<RouteId, KnownRoute>,
    changed: ChangedRoutes,
}

impl KnownRoutes {
    /// As a store has just read it.
    pub(super) fn put(&mut self, facts: RouteFacts) {
        let old = ChangedSeats::new();
        self.routes.insert(facts.route.id, KnownRoute { facts, old });
    }

    pub(super) fn get(&self, id: RouteId) -> Option<&RouteFacts> {
        self.routes.get(&id).filter(|known| known.old.is_empty()).map(|known| &known.facts)
    }

    /// Access for a change of these holders on these seats.
    pub(super) fn change(
        &mut self,
        id: RouteId,
        seats: impl IntoIterator<Item = (SeatNumber, Holder)>,
    ) -> Option<&mut RouteFacts> {
        self.changed.note_seats(id, seats);
        self.routes.get_mut(&id).map(|known| &mut known.facts)
    }

    /// The place of the route's next event, which is its newest from now on.
    pub(super) fn next_place(&mut self, id: RouteId) -> Option<RoutePlace> {
        let route = &mut self.change(id, [])?.route;
        let place = route.head().after_seat_event();
        (route.ordinal, route.seq) = (place.ordinal, place.seq);
        Some(place)
    }

    /// Forgets a route that is being changed outside these facts.
    pub(super) fn forget(&mut self, id: RouteId) {
        self.changed.note_whole(id);
        self.routes.remove(&id);
    }

    pub(super) fn forget_any(&mut self) {
        self.changed = ChangedRoutes::Any;
        self.routes.clear();
    }

    pub(super) fn take_changed(&mut self) -> ChangedRoutes {
        std::mem::take(&mut self.changed)
    }

    /// What another process has changed is not known any more.
    pub(super) fn outdate(&mut self, changed: ChangedRoutes) {
        let ChangedRoutes::These(routes) = changed else {
            self.routes.clear();
            return;
        };
        for (id, changed) in routes {
            match changed {
                ChangedRoute::Whole => drop(self.routes.remove(&id)),
                ChangedRoute::Seats(seats) => {
                    let Some(known) = self.routes.get_mut(&id) else { continue };
                    known.old.extend(seats);
                    if known.old.len() > CHANGED_SEATS_MAX {
                        self.routes.remove(&id);
                    }
                }
            }
        }
    }

    /// The part of a route that is out of date, if the rest is known.
    pub(super) fn old(&self, id: RouteId) -> Option<&ChangedSeats> {
        self.routes.get(&id).map(|known| &known.old).filter(|old| !old.is_empty())
    }

    /// What was read again, in place of what was old.
    pub(super) fn put_again(&mut self, id: RouteId, again: RouteAgain) {
        let Some(KnownRoute { facts, old }) = self.routes.get_mut(&id) else {
            unreachable!("a route is read again only if the rest of it is known")
        };
        facts.put_again(&std::mem::take(old), again);
    }

    /// Keeps at most this many, any of them.
    pub(super) fn keep_at_most(&mut self, routes_max: usize) {
        let surplus = self.routes.len().saturating_sub(routes_max);
        let surplus: Vec<_> = self.routes.keys().take(surplus).copied().collect();
        surplus.iter().for_each(|id| drop(self.routes.remove(id)));
    }

    pub(super) fn forget_legs(&mut self) {
        self.routes.values_mut().for_each(|known| known.facts.legs = SeatLegs::default());
    }
}

impl RouteFacts {
    /// Whether the route that is kept equals the route that was just read. Either may have
    /// forgotten seats that ran out so long ago that they do not count.
    pub fn is_up_to(&self, read: &Self) -> bool {
        let counts = |(_, claim): &(Holder, &Claim)| claim.ran_out_at.is_none();
        self.route.head() == read.route.head()
            && self.legs == read.legs
            && self.sitters == read.sitters
            && read.claims.iter().all(|(holder, claim)| self.claims.get(holder) == Some(claim))
            && self
                .claims
                .iter()
                .filter(counts)
                .all(|(holder, _)| read.claims.get(holder).is_some())
    }

    fn put_again(&mut self, old: &ChangedSeats, again: RouteAgain) {
        let RouteAgain { head, legs, claims, sitters } = again;
        (self.route.ordinal, self.route.seq) = (head.ordinal, head.seq);
        for (seat, holder) in old {
            self.legs.free(*seat, *holder);
            self.claims.set(*holder, None);
            if let (Holder::Ticket(id), Some(sitters)) = (holder, &mut self.sitters) {
                sitters.remove(*id);
            }
        }
        legs.into_iter().for_each(|(seat, leg, holder)| self.legs.set(seat, leg, Some(holder)));
        claims.into_iter().for_each(|(holder, claim)| self.claims.put(holder, claim));
        if let Some(known) = &mut self.sitters {
            sitters.into_iter().for_each(|(id, gender, pnr)| known.put(id, gender, pnr));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> RouteId {
        RouteId(Uuid::from_u128(number))
    }

    fn seat() -> (SeatNumber, Holder) {
        (SeatNumber::new(7).unwrap(), Holder::Ticket(TicketId(Uuid::from_u128(9))))
    }

    #[test]
    fn what_is_changed_or_forgotten_is_told_once() {
        let mut routes = KnownRoutes::default();
        assert_eq!(routes.take_changed(), ChangedRoutes::default());
        routes.change(id(1), [seat()]);
        routes.forget(id(2));
        let expected = BTreeMap::from([
            (id(1), ChangedRoute::Seats(ChangedSeats::from([seat()]))),
            (id(2), ChangedRoute::Whole),
        ]);
        assert_eq!(routes.take_changed(), ChangedRoutes::These(expected));
        assert_eq!(routes.take_changed(), ChangedRoutes::default());
    }

    #[test]
    fn after_any_route_has_changed_no_list_is_whole() {
        let mut routes = KnownRoutes::default();
        routes.forget_any();
        routes.change(id(1), [seat()]);
        assert_eq!(routes.take_changed(), ChangedRoutes::Any);
    }
}

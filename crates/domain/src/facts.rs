//! What a group of commands is decided on: loaded by a store, changed in memory by one command after
//! the other, each seeing what the ones before it did.
//!
//! Invariant: a change is applied as a whole or not at all, so a refused command leaves no trace and
//! needs no undoing. Which legs a change frees and takes is never said: it follows from each ticket
//! as it was and as it is to stand.
//!
//! It knows no database. What was not loaded does not exist here: a store loads all that a command's
//! [`Scope`](crate::Scope) names.

mod seat_legs;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::change::SeatSegment;
use crate::{
    Bus, Change, Payment, Pnr, Refusal, Route, RouteId, RoutePlace, SeatEvent, Ticket, TicketId,
};

pub use seat_legs::{Holder, LegChange, SeatLegs};

/// A route, its bus, and who holds which leg of which seat.
#[derive(Clone, Debug)]
pub struct RouteFacts {
    pub route: Route,
    pub bus: Arc<Bus>,
    pub legs: SeatLegs,
}

/// A ticket with everything that decides what may become of it.
#[derive(Clone, Copy, Debug)]
pub struct TicketFacts<'a> {
    pub route: &'a Route,
    pub ticket: &'a Ticket,
    /// Oldest first.
    pub payments: &'a [Payment],
    /// Whether nothing but this ticket holds a leg of its seat on its segment.
    pub segment_free_of_others: bool,
}

#[derive(Debug, Default)]
pub struct Facts {
    routes: HashMap<RouteId, RouteFacts>,
    tickets: HashMap<TicketId, StoredTicket>,
    used_pnrs: HashSet<Pnr>,
    /// The place of the newest event of all routes in the order of commits, once it is known.
    last_position: Option<u64>,
}

#[derive(Debug)]
struct StoredTicket {
    ticket: Ticket,
    payments: Vec<Payment>,
}

/// What a change did to the facts, for a store to write down.
#[derive(Debug, Default)]
pub struct Applied {
    /// A ticket, and whether it is new.
    pub tickets: Vec<(TicketId, IsNew)>,
    pub payments: Vec<(Payment, IsNew)>,
    pub legs: Vec<LegChange>,
    pub events: Vec<SeatEvent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsNew {
    Yes,
    No,
}

impl Facts {
    pub fn put_route(&mut self, facts: RouteFacts) {
        self.routes.insert(facts.route.id, facts);
    }

    pub fn put_ticket(&mut self, ticket: Ticket, payments: Vec<Payment>) {
        self.tickets.insert(ticket.id, StoredTicket { ticket, payments });
    }

    pub fn put_used_pnr(&mut self, pnr: Pnr) {
        self.used_pnrs.insert(pnr);
    }

    pub fn set_last_position(&mut self, position: u64) {
        self.last_position = Some(position);
    }

    pub fn last_position(&self) -> Option<u64> {
        self.last_position
    }

    /// The route of a ticket that is known.
    pub fn route_of(&self, id: TicketId) -> Option<RouteId> {
        self.tickets.get(&id).map(|stored| stored.ticket.route_id)
    }

    pub fn has_route(&self, id: RouteId) -> bool {
        self.routes.contains_key(&id)
    }

    pub fn route(&self, id: RouteId) -> Result<&RouteFacts, Refusal> {
        self.routes.get(&id).ok_or(Refusal::RouteNotFound)
    }

    pub fn ticket(&self, id: TicketId) -> Result<TicketFacts<'_>, Refusal> {
        let StoredTicket { ticket, payments } =
            self.tickets.get(&id).ok_or(Refusal::TicketNotFound)?;
        let RouteFacts { route, legs, .. } = self.route(ticket.route_id)?;
        let segment_free_of_others =
            legs.is_free(SeatSegment::of(ticket), Some(Holder::Ticket(id)));
        Ok(TicketFacts { route, ticket, payments, segment_free_of_others })
    }

    /// The first of these codes that no ticket has.
    pub fn free_pnr(&self, candidates: &[Pnr]) -> Result<Pnr, Refusal> {
        let free = candidates.iter().find(|pnr| !self.used_pnrs.contains(*pnr));
        free.cloned().ok_or(Refusal::PnrsExhausted)
    }

    /// Forgets everything but the routes: nothing but the commands of one store writes those.
    pub fn keep_routes(&mut self) {
        self.tickets.clear();
        self.used_pnrs.clear();
    }

    pub fn forget_route(&mut self, id: RouteId) {
        self.routes.remove(&id);
    }

    pub fn forget_routes(&mut self) {
        self.routes.clear();
    }

    /// Something else has written events: the newest place is to be asked for again.
    pub fn forget_last_position(&mut self) {
        self.last_position = None;
    }

    /// As if nobody held a seat: the check in memory taken away, for the tests of what is behind it.
    pub fn forget_legs(&mut self) {
        self.routes.values_mut().for_each(|facts| facts.legs = SeatLegs::default());
    }

    /// Forgets routes, any of them, until at most this many are left.
    pub fn forget_routes_beyond(&mut self, routes_max: usize) {
        let surplus = self.routes.len().saturating_sub(routes_max);
        let forgotten: Vec<_> = self.routes.keys().take(surplus).copied().collect();
        forgotten.into_iter().for_each(|id| self.forget_route(id));
    }

    /// Makes the change, or refuses it because a leg that it takes has another holder.
    pub fn apply(&mut self, change: Change) -> Result<Applied, Refusal> {
        let legs = self.leg_changes(&change.tickets)?;
        let Some(mut position) = self.last_position.or(change.events.is_empty().then_some(0))
        else {
            unreachable!("the newest place is loaded before anything is decided")
        };
        // Nothing below can refuse: from here on the change happens as a whole.
        for LegChange { route_id, seat, leg, after, .. } in &legs {
            if let Some(facts) = self.routes.get_mut(route_id) {
                facts.legs.set(*seat, *leg, *after);
            }
        }
        let tickets = change.tickets.into_iter().map(|ticket| self.stand(ticket)).collect();
        let payments = change.payments.into_iter().map(|payment| self.pay(payment)).collect();
        let mut events = Vec::with_capacity(change.events.len());
        for (route_id, draft) in change.events {
            let Some(facts) = self.routes.get_mut(&route_id) else {
                unreachable!("an event is about a ticket, whose route was loaded with it")
            };
            let RoutePlace { ordinal, seq } = facts.route.head().after_seat_event();
            (facts.route.ordinal, facts.route.seq) = (ordinal, seq);
            position += 1;
            events.push(SeatEvent { route_id, ordinal, seq, position, draft });
        }
        self.last_position = self.last_position.map(|_| position);
        Ok(Applied { tickets, payments, legs, events })
    }

    /// What the tickets hold now, and what they would hold.
    fn leg_changes(&self, after: &[Ticket]) -> Result<Vec<LegChange>, Refusal> {
        let mut changes = BTreeMap::new();
        // Freed first: a ticket may move onto legs that it holds itself, or that another ticket of
        // the same change gives up.
        for ticket in after {
            let Some(StoredTicket { ticket: before, .. }) = self.tickets.get(&ticket.id) else {
                continue;
            };
            for place in before.places() {
                changes.insert(place, (Some(Holder::Ticket(before.id)), None));
            }
        }
        for ticket in after {
            let legs = &self.route(ticket.route_id)?.legs;
            for (route_id, seat, leg) in ticket.places() {
                let held = legs.holder(seat, leg);
                let (_, holder) = changes.entry((route_id, seat, leg)).or_insert((held, held));
                if holder.is_some_and(|holder| holder != Holder::Ticket(ticket.id)) {
                    return Err(Refusal::SeatTaken);
                }
                *holder = Some(Holder::Ticket(ticket.id));
            }
        }
        let changed = changes.into_iter().filter(|(_, (before, after))| before != after);
        Ok(changed
            .map(|((route_id, seat, leg), (before, after))| LegChange {
                route_id,
                seat,
                leg,
                before,
                after,
            })
            .collect())
    }

    fn stand(&mut self, ticket: Ticket) -> (TicketId, IsNew) {
        let id = ticket.id;
        match self.tickets.get_mut(&id) {
            Some(stored) => {
                stored.ticket = ticket;
                (id, IsNew::No)
            }
            None => {
                self.used_pnrs.insert(ticket.pnr.clone());
                self.put_ticket(ticket, Vec::new());
                (id, IsNew::Yes)
            }
        }
    }

    fn pay(&mut self, payment: Payment) -> (Payment, IsNew) {
        let Some(stored) = self.tickets.get_mut(&payment.ticket_id) else {
            unreachable!("a payment is for a ticket that was loaded, or made just now")
        };
        match stored.payments.iter_mut().find(|known| known.id == payment.id) {
            Some(known) => {
                *known = payment.clone();
                (payment, IsNew::No)
            }
            None => {
                stored.payments.push(payment.clone());
                (payment, IsNew::Yes)
            }
        }
    }
}

//! What a group of commands is decided on: loaded by a store, changed in memory by one command after
//! the other, each seeing what the ones before it did.
//!
//! Invariant: a change is applied as a whole or not at all, so a refused command leaves no trace and
//! needs no undoing. Which legs a change frees and takes is never said: it follows from each ticket
//! as it was and as it is to stand.
//!
//! It knows no database. What was not loaded does not exist here: a store loads all that a command's
//! [`Scope`](crate::Scope) names.

mod changed_routes;
mod claiming;
mod held_seats;
mod known_routes;
mod neighbours;
mod seat_legs;
mod standing;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::change::{SeatLeg, SeatSegment};
use crate::command::HoldKey;
use crate::fair_use::{AddressKey, Claim, Claims};
use crate::hold::TokenHash;
use crate::{
    Block, BlockId, Booking, BookingId, Bus, Change, Hold, HoldId, Payment, Pnr, Refusal, Route,
    RouteId, RoutePlace, SeatEvent, Ticket, TicketId,
};
use claiming::Claimed;
use held_seats::HeldSeats;
use known_routes::KnownRoutes;

pub use changed_routes::{ChangedRoute, ChangedRoutes, ChangedSeats};
pub use known_routes::RouteAgain;
pub use neighbours::{NeighbourTerms, Sitters};
pub use seat_legs::{Holder, LegChange, SeatLegs};

/// A route, its bus, who holds which leg of which seat, and who has not paid for it.
#[derive(Clone, Debug)]
pub struct RouteFacts {
    pub route: Route,
    pub bus: Arc<Bus>,
    pub legs: SeatLegs,
    pub claims: Claims,
    /// Of its live tickets; `None` where no neighbour rule asks for them.
    pub sitters: Option<Sitters>,
}

/// A ticket with everything that decides what may become of it.
#[derive(Clone, Copy, Debug)]
pub struct TicketFacts<'a> {
    pub route: &'a Route,
    pub on_route: &'a RouteFacts,
    pub ticket: &'a Ticket,
    /// Of its booking, oldest first.
    pub payments: &'a [Payment],
}

impl TicketFacts<'_> {
    /// Whether nothing but this ticket and the given ones holds a leg of its seat on its segment.
    pub fn is_free_of_others(&self, but: &[TicketId]) -> bool {
        let is_other = |holder| match holder {
            Holder::Ticket(id) => id != self.ticket.id && !but.contains(&id),
            Holder::Hold(_) | Holder::Block(_) => true,
        };
        let SeatSegment { seat, segment } = SeatSegment::of(self.ticket);
        !segment.legs().filter_map(|leg| self.on_route.legs.holder(seat, leg)).any(is_other)
    }
}

/// A booking with its tickets, in the order in which they were booked.
#[derive(Clone, Debug)]
pub struct BookingFacts<'a> {
    pub booking: &'a Booking,
    pub tickets: Vec<TicketFacts<'a>>,
    /// Oldest first.
    pub payments: &'a [Payment],
}

#[derive(Debug, Default)]
pub struct Facts {
    routes: KnownRoutes,
    tickets: HashMap<TicketId, Ticket>,
    bookings: HashMap<BookingId, StoredBooking>,
    held: HeldSeats,
    used_pnrs: HashSet<Pnr>,
    /// The place of the newest event of all routes in the order of commits, once it is known.
    last_position: Option<u64>,
}

#[derive(Debug)]
struct StoredBooking {
    booking: Booking,
    tickets: Vec<TicketId>,
    payments: Vec<Payment>,
}

/// What a change did to the facts, for a store to write down.
#[derive(Debug, Default)]
pub struct Applied {
    /// Each with what it was; `None`: it is new. So with tickets, holds and blocks.
    pub bookings: Vec<(BookingId, Option<Booking>)>,
    pub tickets: Vec<(TicketId, Option<Ticket>)>,
    pub payments: Vec<(Payment, IsNew)>,
    pub holds: Vec<(Hold, Option<Hold>)>,
    pub blocks: Vec<(Block, Option<Block>)>,
    /// Seats that have just run out unpaid, and whose they were; `None`: they were paid after all.
    pub run_outs: Vec<(RouteId, Holder, Option<Claim>)>,
    /// From where seats have just been reserved; `None`: they are paid, or their time is over.
    pub reserved_from: Vec<(TicketId, Option<AddressKey>)>,
    pub legs: Vec<LegChange>,
    pub events: Vec<SeatEvent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsNew {
    Yes,
    No,
}

impl IsNew {
    pub fn when(is_new: bool) -> Self {
        if is_new { Self::Yes } else { Self::No }
    }
}

impl Facts {
    pub fn put_route(&mut self, facts: RouteFacts) {
        self.routes.put(facts);
    }

    /// A booking with all of its tickets and payments; their routes have to be put too.
    pub fn put_booking(&mut self, booking: Booking, tickets: Vec<Ticket>, payments: Vec<Payment>) {
        let ids = tickets.iter().map(|ticket| ticket.id).collect();
        self.tickets.extend(tickets.into_iter().map(|ticket| (ticket.id, ticket)));
        self.bookings.insert(booking.id, StoredBooking { booking, tickets: ids, payments });
    }

    pub fn put_hold(&mut self, hold: Hold) {
        self.held.put_hold(hold);
    }

    pub fn put_block(&mut self, block: Block) {
        self.held.put_block(block);
    }

    pub fn put_used_pnr(&mut self, pnr: Pnr) {
        self.used_pnrs.insert(pnr);
    }

    /// Where a group begins, or goes on when something of it was undone: the next event takes the
    /// place behind this one.
    pub fn set_last_position(&mut self, position: u64) {
        self.last_position = Some(position);
    }

    pub fn last_position(&self) -> Option<u64> {
        self.last_position
    }

    /// The booking of a ticket that is known.
    pub fn booking_of(&self, id: TicketId) -> Option<BookingId> {
        self.tickets.get(&id).map(|ticket| ticket.booking_id)
    }

    /// The routes of a booking's tickets, if it is known.
    pub fn routes_of(&self, id: BookingId) -> Option<Vec<RouteId>> {
        let stored = self.bookings.get(&id)?;
        Some(stored.tickets.iter().map(|id| self.tickets[id].route_id).collect())
    }

    pub fn has_route(&self, id: RouteId) -> bool {
        self.routes.get(id).is_some()
    }

    pub fn route(&self, id: RouteId) -> Result<&RouteFacts, Refusal> {
        self.routes.get(id).ok_or(Refusal::RouteNotFound)
    }

    pub fn ticket(&self, id: TicketId) -> Result<TicketFacts<'_>, Refusal> {
        let ticket = self.tickets.get(&id).ok_or(Refusal::TicketNotFound)?;
        let on_route = self.route(ticket.route_id)?;
        let payments = &self.stored_booking(ticket.booking_id)?.payments;
        Ok(TicketFacts { route: &on_route.route, on_route, ticket, payments })
    }

    pub fn hold(&self, id: HoldId) -> Result<&Hold, Refusal> {
        self.held.hold(id).ok_or(Refusal::HoldNotFound)
    }

    pub fn hold_by(&self, key: HoldKey) -> Result<&Hold, Refusal> {
        match key {
            HoldKey::Id(id) => self.hold(id),
            HoldKey::Token(token) => self.hold_by_token(token),
        }
    }

    pub fn hold_by_token(&self, token: TokenHash) -> Result<&Hold, Refusal> {
        self.held.hold_by_token(token).ok_or(Refusal::HoldNotFound)
    }

    /// The hold of this token, if it still keeps its seats.
    pub fn live_hold(&self, token: TokenHash, now: Timestamp) -> Result<&Hold, Refusal> {
        let hold = self.hold_by_token(token)?;
        if hold.is_live(now) { Ok(hold) } else { Err(Refusal::HoldExpired) }
    }

    /// Also one that was lifted by a command before.
    pub fn has_block(&self, id: BlockId) -> bool {
        self.held.has_block(id)
    }

    pub fn block(&self, id: BlockId) -> Result<&Block, Refusal> {
        self.held.block(id).ok_or(Refusal::BlockNotFound)
    }

    pub fn booking(&self, id: BookingId) -> Result<BookingFacts<'_>, Refusal> {
        let StoredBooking { booking, tickets, payments } = self.stored_booking(id)?;
        let tickets = tickets.iter().map(|id| self.ticket(*id)).collect::<Result<_, _>>()?;
        Ok(BookingFacts { booking, tickets, payments })
    }

    /// The same without what belongs to it.
    pub fn booking_alone(&self, id: BookingId) -> Result<&Booking, Refusal> {
        Ok(&self.stored_booking(id)?.booking)
    }

    fn stored_booking(&self, id: BookingId) -> Result<&StoredBooking, Refusal> {
        self.bookings.get(&id).ok_or(Refusal::BookingNotFound)
    }

    /// The first of these codes that no booking has.
    pub fn free_pnr(&self, candidates: &[Pnr]) -> Result<Pnr, Refusal> {
        let free = candidates.iter().find(|pnr| !self.used_pnrs.contains(*pnr));
        free.cloned().ok_or(Refusal::PnrsExhausted)
    }

    /// Forgets everything but the routes: those are changed by commands, and by others who say so.
    pub fn keep_routes(&mut self) {
        self.routes.take_changed();
        self.tickets.clear();
        self.held = HeldSeats::default();
        self.bookings.clear();
        self.used_pnrs.clear();
    }

    /// Of a route that is being changed by no command.
    pub fn forget_route(&mut self, id: RouteId) {
        self.routes.forget(id);
    }

    /// Of something that any route may be made of.
    pub fn forget_routes(&mut self) {
        self.routes.forget_any();
    }

    /// The routes that are not what they were at the last call: of commands, and those that were forgotten.
    pub fn take_changed_routes(&mut self) -> ChangedRoutes {
        self.routes.take_changed()
    }

    /// What another process has changed is not known any more.
    pub fn outdate_routes(&mut self, changed: ChangedRoutes) {
        self.routes.outdate(changed);
    }

    /// What of a route is not known any more, if the rest is.
    pub fn old_seats(&self, id: RouteId) -> Option<&ChangedSeats> {
        self.routes.old(id)
    }

    /// What was read again of such a route.
    pub fn put_route_again(&mut self, id: RouteId, again: RouteAgain) {
        self.routes.put_again(id, again);
    }

    /// The place of one more event that comes of no command: a change of a route.
    pub fn next_position(&mut self) -> u64 {
        let Some(position) = &mut self.last_position else {
            unreachable!("the newest place is known before anything is written")
        };
        *position += 1;
        *position
    }

    /// As if nobody held a seat: the check in memory taken away, for the tests of what is behind it.
    pub fn forget_legs(&mut self) {
        self.routes.forget_legs();
    }

    /// Forgets routes, any of them, until at most this many are left.
    pub fn forget_routes_beyond(&mut self, routes_max: usize) {
        self.routes.keep_at_most(routes_max);
    }

    /// Makes the change, or refuses it because a leg that it takes has another holder.
    pub fn apply(&mut self, change: Change) -> Result<Applied, Refusal> {
        let legs = self.leg_changes(&change)?;
        let Some(mut position) = self.last_position.or(change.events.is_empty().then_some(0))
        else {
            unreachable!("the newest place is loaded before anything is decided")
        };
        // Nothing below can refuse: from here on the change happens as a whole.
        for LegChange { route_id, seat, leg, before, after } in &legs {
            let holders = before.iter().chain(after).map(|holder| (*seat, *holder));
            if let Some(facts) = self.routes.change(*route_id, holders) {
                facts.legs.set(*seat, *leg, *after);
            }
        }
        let Claimed { run_outs, reserved_from } = self.claim(&change);
        let bookings = change.bookings.into_iter().map(|booking| self.keep(booking)).collect();
        let tickets = change.tickets.into_iter().map(|ticket| self.stand(ticket)).collect();
        let holds = change.holds.into_iter();
        let holds = holds.map(|hold| (hold.clone(), self.held.put_hold(hold))).collect();
        let blocks = change.blocks.into_iter();
        let blocks = blocks.map(|block| (block.clone(), self.held.put_block(block))).collect();
        let payments = change.payments.into_iter().map(|payment| self.pay(payment)).collect();
        let mut events = Vec::with_capacity(change.events.len());
        for (route_id, draft) in change.events {
            let Some(RoutePlace { ordinal, seq }) = self.routes.next_place(route_id) else {
                unreachable!("an event is about a seat, whose route was loaded with its holder")
            };
            position += 1;
            events.push(SeatEvent { route_id, ordinal, seq, position, draft });
        }
        self.last_position = self.last_position.map(|_| position);
        Ok(Applied {
            bookings,
            tickets,
            payments,
            holds,
            blocks,
            run_outs,
            reserved_from,
            legs,
            events,
        })
    }

    /// What tickets, holds and blocks hold now, and what they would hold.
    fn leg_changes(&self, change: &Change) -> Result<Vec<LegChange>, Refusal> {
        let mut changes = BTreeMap::new();
        // Freed first: a ticket may move onto legs that it holds itself, or that another ticket or a
        // hold of the same change gives up.
        for (place, holder) in self.held_before(change) {
            changes.insert(place, (Some(holder), None));
        }
        for ((route_id, seat, leg), holder) in change.held_after() {
            let held = self.route(route_id)?.legs.holder(seat, leg);
            let (_, after) = changes.entry((route_id, seat, leg)).or_insert((held, held));
            if after.is_some_and(|other| other != holder) {
                return Err(Refusal::SeatTaken);
            }
            *after = Some(holder);
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

    /// What those that a change is about hold before it.
    fn held_before(&self, change: &Change) -> Vec<(SeatLeg, Holder)> {
        let mut held = Vec::new();
        let tickets = change.tickets.iter().filter_map(|ticket| self.tickets.get(&ticket.id));
        for ticket in tickets {
            held.extend(ticket.places().map(|place| (place, Holder::Ticket(ticket.id))));
        }
        for hold in change.holds.iter().filter_map(|hold| self.held.hold(hold.id)) {
            held.extend(hold.places().map(|place| (place, hold.holder())));
        }
        for block in change.blocks.iter().filter_map(|block| self.held.block(block.id)) {
            held.extend(block.places().map(|place| (place, block.holder())));
        }
        held
    }
}

//! What a group of commands is decided on: loaded by a store, changed in memory by one command
//! after the other, each seeing what the ones before it did.
//!
//! It knows no database. What was not loaded does not exist here: a store loads all that a
//! command's [`Scope`](crate::Scope) names.

pub mod applying;
mod changed_routes;
mod claiming;
mod held_seats;
mod known_routes;
mod neighbours;
mod one_seat_each;
mod passengers;
mod route_facts;
mod seat_legs;
mod sitters;
pub mod standing;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::hold::{HoldKey, TokenHash};
use crate::seat_segment::SeatSegment;
use crate::{
    Block, BlockId, Booking, BookingId, Hold, HoldId, Holder, Payment, PaymentId, PaymentState,
    PaymentStatus, Pnr, Refusal, Route, RouteId, Ticket, TicketId,
};
use held_seats::HeldSeats;
use known_routes::KnownRoutes;
use passengers::Passengers;

pub use changed_routes::{ChangedRoute, ChangedRoutes, ChangedSeats};
pub use known_routes::RouteAgain;
pub use passengers::SeatedPassenger;
pub use route_facts::RouteFacts;
pub use seat_legs::{LegChange, SeatLegs};
pub use sitters::Sitters;

/// A ticket with everything that decides what may be done with it.
#[derive(Clone, Copy, Debug)]
pub struct TicketFacts<'a> {
    pub route: &'a Route,
    pub on_route: &'a RouteFacts,
    pub ticket: &'a Ticket,
    /// Of its booking, oldest first.
    pub payments: &'a [Payment],
    /// Whether its passenger, known by a document, has another seat on a part of the same way.
    pub is_seated_elsewhere: bool,
}

impl TicketFacts<'_> {
    /// The payment that paid for the ticket, if one did.
    pub(crate) fn captured(&self) -> Option<&Payment> {
        let is_kept = |payment: &&Payment| {
            payment.share(self.ticket.id).is_some_and(|share| share.state == PaymentState::Captured)
        };
        self.payments.iter().find(is_kept)
    }

    pub(crate) fn is_paid(&self) -> bool {
        self.ticket.payment_status == PaymentStatus::Paid
    }

    /// Whether only this ticket and the given ones hold legs of its seat on its segment.
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

impl BookingFacts<'_> {
    pub(crate) fn payment(&self, id: PaymentId) -> Result<&Payment, Refusal> {
        self.payments.iter().find(|payment| payment.id == id).ok_or(Refusal::PaymentNotFound)
    }
}

#[derive(Debug, Default)]
pub struct Facts {
    routes: KnownRoutes,
    tickets: HashMap<TicketId, Ticket>,
    bookings: HashMap<BookingId, StoredBooking>,
    held: HeldSeats,
    passengers: Passengers,
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

impl Facts {
    pub fn put_route(&mut self, facts: RouteFacts) {
        self.routes.put(facts);
    }

    /// A booking with all of its tickets and payments; their routes have to be put too.
    pub fn put_booking(&mut self, booking: Booking, tickets: Vec<Ticket>, payments: Vec<Payment>) {
        let ids = tickets.iter().map(|ticket| ticket.id).collect();
        tickets.iter().for_each(|ticket| self.passengers.note(ticket));
        self.tickets.extend(tickets.into_iter().map(|ticket| (ticket.id, ticket)));
        self.bookings.insert(booking.id, StoredBooking { booking, tickets: ids, payments });
    }

    pub fn put_hold(&mut self, hold: Hold) {
        self.held.put_hold(hold);
    }

    /// A passenger's ticket that a store has found. If the facts already hold that ticket, theirs
    /// counts.
    pub fn put_seated(&mut self, found: SeatedPassenger) {
        if !self.tickets.contains_key(&found.ticket_id) {
            self.passengers.put(found);
        }
    }

    pub fn put_block(&mut self, block: Block) {
        self.held.put_block(block);
    }

    pub fn put_used_pnr(&mut self, pnr: Pnr) {
        self.used_pnrs.insert(pnr);
    }

    /// Where a group begins, or goes on after a part of it was undone: the next event takes the
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
        let is_seated_elsewhere = self.passengers.is_seated_elsewhere(ticket);
        let route = &on_route.route;
        Ok(TicketFacts { route, on_route, ticket, payments, is_seated_elsewhere })
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

    /// Also one that an earlier command has lifted.
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

    /// The same, without its tickets and payments.
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

    /// Forgets everything but the routes: commands change those, and other writers report their
    /// changes.
    pub fn keep_routes(&mut self) {
        self.routes.take_changed();
        self.tickets.clear();
        self.held = HeldSeats::default();
        self.passengers = Passengers::default();
        self.bookings.clear();
        self.used_pnrs.clear();
    }

    /// For a change of a route that comes from no command.
    pub fn forget_route(&mut self, id: RouteId) {
        self.routes.forget(id);
    }

    /// For a change of something that any route may use.
    pub fn forget_routes(&mut self) {
        self.routes.forget_any();
    }

    /// The routes that are not what they were at the last call: of commands, and those that were
    /// forgotten.
    pub fn take_changed_routes(&mut self) -> ChangedRoutes {
        self.routes.take_changed()
    }

    /// What another process has changed is not known any more.
    pub fn outdate_routes(&mut self, changed: ChangedRoutes) {
        self.routes.outdate(changed);
    }

    /// The part of a route that is out of date, if the rest is known.
    pub fn old_seats(&self, id: RouteId) -> Option<&ChangedSeats> {
        self.routes.old(id)
    }

    /// Puts what was read again of such a route.
    pub fn put_route_again(&mut self, id: RouteId, again: RouteAgain) {
        self.routes.put_again(id, again);
    }

    /// The position of one more event that comes from no command: a change of a route.
    pub fn next_position(&mut self) -> u64 {
        let Some(position) = &mut self.last_position else {
            unreachable!("the newest place is known before anything is written")
        };
        *position += 1;
        *position
    }

    /// As if no seat were held: it takes the check in memory away, to test the check behind it.
    pub fn forget_legs(&mut self) {
        self.routes.forget_legs();
    }

    /// Forgets routes, any of them, until at most this many are left.
    pub fn forget_routes_beyond(&mut self, routes_max: usize) {
        self.routes.keep_at_most(routes_max);
    }
}

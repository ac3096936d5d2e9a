//! Booking: a customer reserves a seat, or staff sell one over the counter.

use jiff::SignedDuration;

use super::{Asked, Scope};
use crate::fair_use::{Caller, Taking};
use crate::passenger::{Passenger, Phone};
use crate::ticket::{PaymentStatus, Ticket, TicketStatus};
use crate::{
    Change, EventDraft, EventKind, Facts, Payment, PaymentId, Pnr, Reason, Refusal, RouteId,
    SeatNumber, TicketId,
};

/// How many booking codes are drawn for one sale: with a tenth of all codes in use (six million
/// tickets), one in a hundred million sales would find none free.
pub const PNR_CANDIDATES: usize = 8;

#[derive(Clone, Debug)]
pub struct Book {
    pub ticket_id: TicketId,
    /// For the cash payment of a sale by staff.
    pub payment_id: PaymentId,
    pub pnr_candidates: Vec<Pnr>,
    pub route_id: RouteId,
    pub from_city: String,
    pub to_city: String,
    pub seat_number: SeatNumber,
    pub passenger: Passenger,
    pub phone: Phone,
    pub hold: SignedDuration,
}

impl Book {
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope { routes: vec![self.route_id], pnrs: &self.pnr_candidates, ..Scope::default() }
    }

    pub(super) fn decide(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        let on = facts.route(self.route_id)?;
        let route = &on.route;
        route.must_be_active()?;
        if !route.has_seat(self.seat_number) {
            let (seat, seat_count) = (self.seat_number, route.seat_count);
            return Err(Refusal::SeatBeyondBus { seat, seat_count });
        }
        let segment = route.segment_between(&self.from_city, &self.to_city)?;
        let price = route.price_of(segment)?;
        route.open_for(asked.actor.role(), segment, asked.now)?;
        let pnr = facts.free_pnr(&self.pnr_candidates)?;
        let name_of =
            |index| route.stop(index).map(|stop| stop.name.clone()).ok_or(Refusal::StopOutOfRange);

        let account = asked.account()?;
        let caller = Some(Caller::Account(account.user_id));
        asked.must_be_fair(on, Taking { caller: caller.as_ref(), seats: 1, instead_of: None })?;
        let sold = account.role.is_staff();
        let ticket = Ticket {
            id: self.ticket_id,
            pnr,
            route_id: route.id,
            user_id: (!sold).then_some(account.user_id),
            issued_by_id: Some(account.user_id),
            from_city: name_of(segment.from())?,
            to_city: name_of(segment.to())?,
            segment,
            seat: self.seat_number,
            passenger: self.passenger.clone(),
            price,
            phone: self.phone.clone(),
            status: if sold { TicketStatus::Confirmed } else { TicketStatus::Reserved },
            payment_status: if sold { PaymentStatus::Paid } else { PaymentStatus::Pending },
            expires_at: (!sold).then(|| asked.now + self.hold),
            suspended_at: None,
            cancelled_at: None,
            cancel_cause: None,
            changed_by_id: None,
            created_at: asked.now,
            updated_at: asked.now,
        };
        let (kind, reason) = if sold {
            (EventKind::Confirmed, Reason::Sold)
        } else {
            (EventKind::Reserved, Reason::Booked)
        };
        let payment = sold
            .then(|| Payment::cash(self.payment_id, ticket.id, price, account.user_id, asked.now));
        let events = vec![EventDraft::of(&ticket, kind, reason, asked.now)];
        Ok(Change::ticket(ticket).with_payment(payment).with_events(route.id, events))
    }
}

/// A seat number from any integer.
pub fn seat_number(number: i64) -> Result<SeatNumber, String> {
    u16::try_from(number)
        .ok()
        .and_then(SeatNumber::new)
        .ok_or_else(|| format!("must be a seat between 1 and {}", crate::seat::SEATS_MAX))
}

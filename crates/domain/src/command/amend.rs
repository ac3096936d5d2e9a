//! Amending a ticket: another seat, another name, phone or gender.

use super::asked::{Asked, touched};
use crate::passenger::{Passenger, Phone};
use crate::ticket::{Gender, PaymentStatus, Ticket, TicketStatus};
use crate::{
    Booking, BookingFacts, Change, CityKey, Contact, EventDraft, EventKind, FieldErrors, Reason,
    Refusal, SeatNumber, TicketFacts, TicketId,
};

#[derive(Clone, Debug)]
pub struct Amend {
    pub ticket_id: TicketId,
    pub seat_number: Option<SeatNumber>,
    pub gender: Option<Gender>,
    pub phone: Option<Phone>,
    pub passenger_name: Option<String>,
    pub unchanged: Unchanged,
}

/// Fields that an editor sends back with its changes, and that no amendment can change.
#[derive(Clone, Debug, Default)]
pub struct Unchanged {
    pub from_city: Option<String>,
    pub to_city: Option<String>,
    pub status: Option<TicketStatus>,
    pub payment_status: Option<PaymentStatus>,
}

impl Unchanged {
    fn must_be_as_on(&self, ticket: &Ticket) -> Result<(), Refusal> {
        let mut errors = FieldErrors::default();
        for (pointer, sent, city) in [
            ("/fromCity", &self.from_city, &ticket.from_city),
            ("/toCity", &self.to_city, &ticket.to_city),
        ] {
            if sent.as_ref().is_some_and(|sent| CityKey::new(sent) != CityKey::new(city)) {
                let how = "cancel the ticket and book another segment";
                errors.push(pointer, format!("cannot be changed: it is {city}; {how}"));
            }
        }
        if self.status.is_some_and(|status| status != ticket.status) {
            let how = "confirm, suspend and cancel have addresses of their own";
            let status = ticket.status.as_str();
            errors.push("/status", format!("cannot be changed here: it is {status}; {how}"));
        }
        if self.payment_status.is_some_and(|status| status != ticket.payment_status) {
            let how = "a payment, a confirmation or a refund changes it";
            let status = ticket.payment_status.as_str();
            errors.push("/paymentStatus", format!("cannot be changed here: it is {status}; {how}"));
        }
        errors.into_result().map_err(Refusal::Invalid)
    }
}

impl Amend {
    /// A new seat is taken and the old one freed in one transaction; viewers are sent what they can
    /// see: the old seat free, then the new one (or the new gender) occupied.
    pub(super) fn decide(
        &self,
        asked: Asked<'_>,
        on: TicketFacts<'_>,
        booking: &BookingFacts<'_>,
    ) -> Result<Change, Refusal> {
        let mut change = self.amend(asked, on)?;
        if let Some(phone) = self.phone.as_ref().filter(|phone| **phone != on.ticket.phone) {
            // The number is that of all who travel together. Who has left is on a list that stands:
            // of a return journey the way there keeps the old number.
            let may_change = |other: &&TicketFacts<'_>| {
                let role = asked.actor.role();
                other.route.must_allow_change(role, other.ticket.segment, asked.now).is_ok()
            };
            let others = booking.tickets.iter().filter(|other| other.ticket.id != self.ticket_id);
            change.tickets.extend(
                others
                    .filter(may_change)
                    .map(|other| Ticket { phone: phone.clone(), ..touched(other.ticket, asked) }),
            );
            let contact = Contact { phone: phone.clone(), ..booking.booking.contact.clone() };
            let booking = booking.booking.clone();
            change.bookings.push(Booking { contact, updated_at: asked.now, ..booking });
        }
        Ok(change)
    }

    fn amend(&self, asked: Asked<'_>, on: TicketFacts<'_>) -> Result<Change, Refusal> {
        let before = on.ticket;
        asked.actor.must_own_or_be_staff(before)?;
        if before.status == TicketStatus::Cancelled {
            return Err(Refusal::InvalidTransition { from: before.status, action: "changed" });
        }
        on.route.must_allow_change(asked.actor.role(), before.segment, asked.now)?;
        self.unchanged.must_be_as_on(before)?;
        if let Some(seat) = self.seat_number.filter(|seat| !on.route.has_seat(*seat)) {
            return Err(Refusal::SeatBeyondBus { seat, seat_count: on.route.seat_count });
        }
        let after = Ticket {
            seat: self.seat_number.unwrap_or(before.seat),
            passenger: Passenger {
                gender: self.gender.unwrap_or(before.passenger.gender),
                name: self.passenger_name.as_ref().unwrap_or(&before.passenger.name).clone(),
                ..before.passenger.clone()
            },
            phone: self.phone.as_ref().unwrap_or(&before.phone).clone(),
            ..touched(before, asked)
        };
        let moves = after.seat != before.seat;
        if moves {
            // Also when it is suspended: the seat that it names is the one that it takes again
            // later.
            on.route.must_seat(asked.actor.role(), before.segment, asked.now)?;
        }
        let kind = match before.status {
            TicketStatus::Reserved => EventKind::Reserved,
            TicketStatus::Confirmed => EventKind::Confirmed,
            // It holds no seat: nothing that a viewer sees changes.
            TicketStatus::Suspended | TicketStatus::Cancelled => return Ok(Change::ticket(after)),
        };
        let mut events = Vec::new();
        if moves {
            let left = EventDraft::of(before, EventKind::Available, Reason::Changed, asked.now);
            events.push(left);
        }
        if moves || after.passenger.gender != before.passenger.gender {
            events.push(EventDraft::of(&after, kind, Reason::Changed, asked.now));
        }
        Ok(Change::ticket(after).with_events(on.route.id, events))
    }
}

//! Rows of what is sold: tickets, bookings, holds and blocks.

use super::action::Action;
use super::difference::{
    Described, Field, UPDATED_AT, difference, made_changed_or_gone, personal, plain,
};
use super::row::Audited;
use super::subject::Subject;
use super::value::Value;
use crate::booking::Contact;
use crate::passenger::{IdentityNumber, Passenger, Phone};
use crate::ticket::CancelCause;
use crate::{
    Applied, Block, Booking, BookingId, Facts, Hold, HoldState, PaymentStatus, RuleCheck,
    SeatNumber, Segment, Ticket, TicketId, TicketStatus,
};

/// The part of a command that its changes do not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    pub rule_check: RuleCheck,
    /// The money came through a payment provider.
    pub settles_payment: bool,
}

/// A row for each thing that a command changed.
pub fn of_applied(applied: &Applied, facts: &Facts, terms: Terms) -> Vec<Audited> {
    let ticket = |(id, before): &(TicketId, Option<Ticket>)| {
        let Ok(on) = facts.ticket(*id) else {
            unreachable!("a ticket that was changed is among the facts")
        };
        of_ticket(before.as_ref(), on.ticket, terms)
    };
    let booking = |(id, before): &(BookingId, Option<Booking>)| {
        let Ok(after) = facts.booking_alone(*id) else {
            unreachable!("a booking that was changed is among the facts")
        };
        of_booking(before.as_ref(), after)
    };
    let Applied { bookings, tickets, holds, blocks, .. } = applied;
    let mut audited = Vec::with_capacity(bookings.len() + tickets.len() + holds.len());
    audited.extend(bookings.iter().map(booking));
    audited.extend(tickets.iter().map(ticket));
    audited.extend(holds.iter().map(|(after, before)| of_hold(before.as_ref(), after)));
    audited.extend(blocks.iter().map(|(after, before)| of_block(before.as_ref(), after)));
    audited
}

pub fn of_ticket(before: Option<&Ticket>, after: &Ticket, terms: Terms) -> Audited {
    let action = action(before, after, terms);
    let change = difference(action, before.map(ticket), Some(ticket(after)));
    let mut audited = Audited {
        booking_id: Some(after.booking_id),
        route_id: Some(after.route_id),
        ..Audited::about(Subject::Ticket(after.id), change)
    };
    if terms.rule_check == RuleCheck::OverriddenByStaff
        && let Some(fields) = &mut audited.after
    {
        fields.push(("ignoreNeighbourRule", Value::Flag(true)));
    }
    audited
}

fn action(before: Option<&Ticket>, after: &Ticket, terms: Terms) -> Action {
    let Some(before) = before else {
        let is_sold = after.status == TicketStatus::Confirmed;
        return if is_sold { Action::Sold } else { Action::Booked };
    };
    let has_become = |status| before.payment_status != status && after.payment_status == status;
    match after.status {
        TicketStatus::Cancelled if has_become(PaymentStatus::Refunded) => Action::Refunded,
        status if status == before.status => match status {
            _ if has_become(PaymentStatus::Paid) => Action::Paid,
            _ if before.seat != after.seat => Action::Moved,
            _ if before.expires_at < after.expires_at => Action::Extended,
            _ => Action::Changed,
        },
        TicketStatus::Cancelled if after.cancel_cause == Some(CancelCause::Expired) => {
            Action::Expired
        }
        TicketStatus::Cancelled => Action::Cancelled,
        TicketStatus::Suspended => Action::Suspended,
        TicketStatus::Confirmed if terms.settles_payment => Action::Paid,
        TicketStatus::Confirmed => Action::Confirmed,
        TicketStatus::Reserved => Action::Changed,
    }
}

fn ticket(ticket: &Ticket) -> Described<'_> {
    let Ticket {
        // Columns of the row have them.
        id: _,
        booking_id: _,
        route_id: _,
        // Anyone who has it and the phone number can open the booking.
        pnr: _,
        user_id,
        issued_by_id,
        // The segment says the same.
        from_city: _,
        to_city: _,
        segment,
        seat,
        passenger: passenger @ Passenger { name, gender, identity: _ },
        price,
        phone,
        status,
        payment_status,
        expires_at,
        // The row's time says the same.
        suspended_at: _,
        cancelled_at: _,
        // The action shows it.
        cancel_cause: _,
        // The row has the actor.
        changed_by_id: _,
        created_at: _,
        updated_at,
    } = ticket;
    vec![
        ("status", plain(status.as_str())),
        ("paymentStatus", plain(payment_status.as_str())),
        ("seatNumber", plain(seat.get())),
        ("fromStopIndex", plain(segment.from().get())),
        ("toStopIndex", plain(segment.to().get())),
        ("price", plain(*price)),
        ("expiresAt", plain(*expires_at)),
        ("userId", plain(user_id.map(|id| id.0))),
        ("issuedById", plain(issued_by_id.map(|id| id.0))),
        ("passengerName", personal(name.as_str())),
        ("gender", personal(gender.as_str())),
        ("tcKimlikNo", personal(passenger.identity_number().map(IdentityNumber::as_str))),
        ("passportNumber", personal(passenger.passport().map(|it| it.number.as_str()))),
        ("passportCountry", personal(passenger.passport().map(|it| it.country.as_str()))),
        ("userPhoneNumber", personal(phone.as_str())),
        (UPDATED_AT, Field::Version(*updated_at)),
    ]
}

pub fn of_booking(before: Option<&Booking>, after: &Booking) -> Audited {
    let action = made_changed_or_gone(before, Some(after));
    let change = difference(action, before.map(booking), Some(booking(after)));
    Audited::about(Subject::Booking(after.id), change)
}

fn booking(booking: &Booking) -> Described<'_> {
    let Booking {
        id: _,
        pnr: _,
        user_id,
        contact: Contact { name, phone, email },
        created_at: _,
        updated_at,
    } = booking;
    let phone: &Phone = phone;
    vec![
        ("userId", plain(user_id.map(|id| id.0))),
        ("contactName", personal(name.as_deref())),
        ("contactPhone", personal(phone.as_str())),
        ("contactEmail", personal(email.as_deref())),
        (UPDATED_AT, Field::Version(*updated_at)),
    ]
}

pub fn of_hold(before: Option<&Hold>, after: &Hold) -> Audited {
    let action = match after.state {
        HoldState::Live if before.is_none() => Action::Held,
        HoldState::Live => Action::Extended,
        HoldState::Released => Action::Released,
        HoldState::Expired => Action::Expired,
        HoldState::Booked => Action::Booked,
    };
    let change = difference(action, before.map(hold), Some(hold(after)));
    Audited { route_id: Some(after.route_id), ..Audited::about(Subject::Hold(after.id), change) }
}

fn hold(hold: &Hold) -> Described<'_> {
    let Hold {
        id: _,
        // A secret, also as its hash.
        token: _,
        route_id: _,
        segment,
        seats,
        // The first row's actor is the one who took it.
        caller: _,
        // A network address is personal, also as its hash.
        address: _,
        state,
        expires_at,
        // The action shows it.
        is_extended: _,
        created_at: _,
        ended_at: _,
    } = hold;
    let mut fields = vec![("state", plain(state.as_str()))];
    fields.extend(place(*segment, seats));
    fields.push(("expiresAt", plain(*expires_at)));
    fields
}

/// A block is made and lifted, and never changed in between.
pub fn of_block(before: Option<&Block>, after: &Block) -> Audited {
    let change = if after.is_lifted {
        difference(Action::Lifted, before.or(Some(after)).map(block), None)
    } else {
        difference(Action::Blocked, None, Some(block(after)))
    };
    Audited { route_id: Some(after.route_id), ..Audited::about(Subject::Block(after.id), change) }
}

fn block(block: &Block) -> Described<'_> {
    // A reason that staff typed may name a person.
    let Block { id: _, route_id: _, segment, seats, reason, created_at: _, is_lifted: _ } = block;
    let mut fields: Described<'_> = place(*segment, seats).into();
    fields.push(("reason", personal(reason.as_str())));
    fields
}

fn place(segment: Segment, seats: &[SeatNumber]) -> [(&'static str, Field<'static>); 3] {
    let seats: Vec<u16> = seats.iter().map(|seat| seat.get()).collect();
    [
        ("seatNumbers", plain(seats)),
        ("fromStopIndex", plain(segment.from().get())),
        ("toStopIndex", plain(segment.to().get())),
    ]
}

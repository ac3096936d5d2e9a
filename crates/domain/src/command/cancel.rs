//! Cancelling and refunding, one ticket or all that is left of a booking: seats are freed, and what
//! was captured for the tickets goes back.

use jiff::Timestamp;

use super::asked::{Asked, touched};
use crate::ticket::{CancelCause, PaymentStatus, Ticket, TicketStatus};
use crate::{
    BookingFacts, BookingId, Change, EventDraft, EventKind, Reason, Refusal, TicketFacts, TicketId,
};

#[derive(Clone, Debug)]
pub struct Cancel {
    pub ticket_id: TicketId,
}

/// A cancellation that is refused when there is no money to give back.
#[derive(Clone, Debug)]
pub struct Refund {
    pub ticket_id: TicketId,
}

/// Of all tickets of a booking that can still be cancelled.
#[derive(Clone, Debug)]
pub struct CancelBooking {
    pub booking_id: BookingId,
}

impl Cancel {
    pub(super) fn decide(&self, asked: Asked<'_>, on: TicketFacts<'_>) -> Result<Change, Refusal> {
        must_allow(asked, on)?;
        Ok(end(asked, &[on], Reason::Cancelled))
    }
}

impl Refund {
    pub(super) fn decide(&self, asked: Asked<'_>, on: TicketFacts<'_>) -> Result<Change, Refusal> {
        asked.actor.must_own_or_be_staff(on.ticket)?;
        if on.ticket.status == TicketStatus::Cancelled {
            let from = on.ticket.status;
            return Err(Refusal::InvalidTransition { from, action: "refunded" });
        }
        if !on.is_paid() {
            return Err(Refusal::NotPaid);
        }
        must_allow(asked, on)?;
        Ok(end(asked, &[on], Reason::Refunded))
    }
}

impl CancelBooking {
    /// A ticket whose bus has left is used up, and does not stop the others from being cancelled.
    pub(super) fn decide(
        &self,
        asked: Asked<'_>,
        on: &BookingFacts<'_>,
    ) -> Result<Change, Refusal> {
        asked.actor.must_own_booking_or_be_staff(on.booking)?;
        let (mut left, mut refusal) = (Vec::new(), None);
        for on in &on.tickets {
            // Whose it is was asked of the booking: a ticket whose bus has left may have an older
            // phone.
            match must_be_endable(asked, *on) {
                Ok(()) => left.push(*on),
                // That the bus has left says more than that another ticket is cancelled already.
                Err(Refusal::AfterDeparture) => refusal = Some(Refusal::AfterDeparture),
                Err(other) => drop(refusal.get_or_insert(other)),
            }
        }
        match refusal {
            Some(refusal) if left.is_empty() => Err(refusal),
            _ => Ok(end(asked, &left, Reason::Cancelled)),
        }
    }
}

fn must_allow(asked: Asked<'_>, on: TicketFacts<'_>) -> Result<(), Refusal> {
    asked.actor.must_own_or_be_staff(on.ticket)?;
    must_be_endable(asked, on)
}

fn must_be_endable(asked: Asked<'_>, on: TicketFacts<'_>) -> Result<(), Refusal> {
    if on.ticket.status == TicketStatus::Cancelled {
        return Err(Refusal::InvalidTransition { from: on.ticket.status, action: "cancelled" });
    }
    on.route.must_allow_change(asked.actor.role(), on.ticket.segment, asked.now)
}

/// Ends tickets of one booking together.
pub(super) fn end(asked: Asked<'_>, tickets: &[TicketFacts<'_>], reason: Reason) -> Change {
    let cause = match reason {
        Reason::Expired => CancelCause::Expired,
        _ => CancelCause::Requested,
    };
    let ending: Vec<TicketId> = tickets.iter().map(|on| on.ticket.id).collect();
    // A suspended ticket's seat may belong to another ticket of the same booking: the event that
    // frees that one comes first, by itself.
    let (seated, unseated): (Vec<&TicketFacts<'_>>, Vec<_>) =
        tickets.iter().partition(|on| on.ticket.status.holds_seat());
    let mut change = Change::nothing();
    for on in seated.into_iter().chain(unseated) {
        let after = cancelled(asked, *on, cause);
        change.tell(on.route.id, cancellation_events(*on, &after, reason, asked.now, &ending));
        if let Some(payment) = on.captured() {
            change.payment_mut(payment).give_back(after.id, asked.now);
        }
        change.tickets.push(after);
    }
    change
}

/// The ticket after its end; what was paid counts as refunded from here on.
fn cancelled(asked: Asked<'_>, on: TicketFacts<'_>, cause: CancelCause) -> Ticket {
    let payment_status = match on.ticket.payment_status {
        PaymentStatus::Paid => PaymentStatus::Refunded,
        other => other,
    };
    Ticket {
        status: TicketStatus::Cancelled,
        payment_status,
        cancelled_at: Some(asked.now),
        cancel_cause: Some(cause),
        expires_at: None,
        ..touched(on.ticket, asked)
    }
}

/// `seat_cancelled`, and `seat_available` right behind it whenever the ticket's whole segment is
/// free after the commit: always when it held its seat, else only when no one took it meanwhile but
/// tickets that end with it.
fn cancellation_events(
    on: TicketFacts<'_>,
    after: &Ticket,
    reason: Reason,
    at: Timestamp,
    ending: &[TicketId],
) -> Vec<EventDraft> {
    let mut events = vec![EventDraft::of(after, EventKind::Cancelled, reason, at)];
    if on.ticket.status.holds_seat() || on.is_free_of_others(ending) {
        events.push(EventDraft::of(after, EventKind::Available, reason, at));
    }
    events
}

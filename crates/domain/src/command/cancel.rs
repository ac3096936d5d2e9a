//! Cancelling and refunding: the seat is freed, captured money goes back.

use super::{Asked, cancellation_events, touched};
use crate::ticket::{CancelCause, PaymentStatus, Ticket, TicketStatus};
use crate::{Change, Reason, Refusal, TicketFacts, TicketId};

#[derive(Clone, Debug)]
pub struct Cancel {
    pub ticket_id: TicketId,
}

/// A cancellation that insists on there being money to give back.
#[derive(Clone, Debug)]
pub struct Refund {
    pub ticket_id: TicketId,
}

impl Cancel {
    pub(super) fn decide(&self, asked: Asked<'_>, on: TicketFacts<'_>) -> Result<Change, Refusal> {
        cancel(asked, on, Reason::Cancelled)
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
        cancel(asked, on, Reason::Refunded)
    }
}

fn cancel(asked: Asked<'_>, on: TicketFacts<'_>, reason: Reason) -> Result<Change, Refusal> {
    let before = on.ticket;
    asked.actor.must_own_or_be_staff(before)?;
    if before.status == TicketStatus::Cancelled {
        return Err(Refusal::InvalidTransition { from: before.status, action: "cancelled" });
    }
    on.route.must_allow_change(asked.actor.role(), before.segment, asked.now)?;
    let after = cancelled(asked, on, CancelCause::Requested);
    let payment = on.captured().map(|payment| payment.clone().give_back(asked.now));
    let events = cancellation_events(on, &after, reason, asked.now);
    Ok(Change::ticket(after).with_payment(payment).with_events(on.route.id, events))
}

/// The ticket after its end; what was paid counts as refunded from here on.
pub(super) fn cancelled(asked: Asked<'_>, on: TicketFacts<'_>, cause: CancelCause) -> Ticket {
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

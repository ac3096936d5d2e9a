//! Cancelling and refunding: the seat is freed, captured money goes back.

use jiff::Timestamp;

use super::{TicketFacts, cancellation_events, freed, touched};
use crate::ticket::{CancelCause, PaymentStatus, Ticket, TicketStatus};
use crate::{Actor, Change, PaymentChange, Reason, Refusal, Route, TicketId};

#[derive(Clone, Debug)]
pub struct Cancel {
    pub actor: Actor,
    pub ticket_id: TicketId,
    pub now: Timestamp,
}

/// A cancellation that insists on there being money to give back.
#[derive(Clone, Debug)]
pub struct Refund {
    pub actor: Actor,
    pub ticket_id: TicketId,
    pub now: Timestamp,
}

impl Cancel {
    pub(super) fn decide(&self, route: &Route, on: &TicketFacts) -> Result<Change, Refusal> {
        cancel(self.actor, route, on, Reason::Cancelled, self.now)
    }
}

impl Refund {
    pub(super) fn decide(&self, route: &Route, on: &TicketFacts) -> Result<Change, Refusal> {
        self.actor.must_own_or_be_staff(&on.ticket)?;
        if on.ticket.status == TicketStatus::Cancelled {
            let from = on.ticket.status;
            return Err(Refusal::InvalidTransition { from, action: "refunded" });
        }
        if !on.is_paid() {
            return Err(Refusal::NotPaid);
        }
        cancel(self.actor, route, on, Reason::Refunded, self.now)
    }
}

fn cancel(
    actor: Actor,
    route: &Route,
    on: &TicketFacts,
    reason: Reason,
    now: Timestamp,
) -> Result<Change, Refusal> {
    let before = &on.ticket;
    actor.must_own_or_be_staff(before)?;
    if before.status == TicketStatus::Cancelled {
        return Err(Refusal::InvalidTransition { from: before.status, action: "cancelled" });
    }
    route.must_allow_change(actor.role, before.segment, now)?;
    let mut after = cancelled(on, CancelCause::Requested, now);
    after.changed_by_id = touched(before, Some(actor), now).changed_by_id;
    let payment =
        on.captured().map(|payment| PaymentChange::Update(payment.clone().give_back(now)));
    let events = cancellation_events(on, &after, reason, now);
    Ok(Change { free: freed(before), payment, events, ..Change::ticket(after) })
}

/// The ticket after its end; what was paid counts as refunded from here on.
pub(super) fn cancelled(on: &TicketFacts, cause: CancelCause, now: Timestamp) -> Ticket {
    let payment_status = match on.ticket.payment_status {
        PaymentStatus::Paid => PaymentStatus::Refunded,
        other => other,
    };
    Ticket {
        status: TicketStatus::Cancelled,
        payment_status,
        cancelled_at: Some(now),
        cancel_cause: Some(cause),
        expires_at: None,
        ..touched(&on.ticket, None, now)
    }
}

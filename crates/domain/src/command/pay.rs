//! Paying by card: written before the provider is asked, settled after it has answered.
//!
//! Between the two the hold may expire, the ticket may be cancelled or confirmed by staff, the
//! process may die. Whatever happened, money that was captured ends with a ticket or goes back.

use super::{Asked, touched};
use crate::payment::{PaymentMethod, PaymentState};
use crate::ticket::{CancelCause, PaymentStatus, Ticket, TicketStatus};
use crate::{
    Change, EventDraft, EventKind, Payment, PaymentId, Reason, Refusal, TicketFacts, TicketId,
};

/// Notes that a provider is about to be asked.
#[derive(Clone, Debug)]
pub struct BeginPayment {
    pub ticket_id: TicketId,
    pub payment_id: PaymentId,
    pub provider: &'static str,
}

/// Notes what the provider answered.
#[derive(Clone, Debug)]
pub struct SettlePayment {
    pub ticket_id: TicketId,
    pub payment_id: PaymentId,
    pub outcome: ChargeOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeOutcome {
    Captured { transaction_id: String },
    Declined { code: String },
}

/// Notes that the provider has given the money back.
#[derive(Clone, Debug)]
pub struct FinishRefund {
    pub ticket_id: TicketId,
    pub payment_id: PaymentId,
}

impl BeginPayment {
    pub(super) fn decide(&self, asked: Asked<'_>, on: TicketFacts<'_>) -> Result<Change, Refusal> {
        let ticket = on.ticket;
        asked.actor.must_own_or_be_staff(ticket)?;
        if ticket.payment_status == PaymentStatus::Paid {
            return Err(Refusal::AlreadyPaid);
        }
        if ticket.status != TicketStatus::Reserved {
            return Err(Refusal::InvalidTransition { from: ticket.status, action: "paid" });
        }
        // The sweep may be late; the hold is not.
        if ticket.expires_at.is_some_and(|expires_at| expires_at <= asked.now) {
            return Err(Refusal::HoldExpired);
        }
        // A route that is off sale is no reason: what is reserved may still be paid.
        on.route.must_allow_change(asked.actor.role(), ticket.segment, asked.now)?;
        if on.payments.iter().any(|payment| payment.state == PaymentState::Started) {
            return Err(Refusal::PaymentInProgress);
        }
        Ok(Change::payment(Payment {
            id: self.payment_id,
            ticket_id: ticket.id,
            method: PaymentMethod::Card,
            provider: self.provider.to_owned(),
            amount: ticket.price,
            state: PaymentState::Started,
            paid_by_id: asked.account()?.user_id,
            transaction_id: None,
            decline_code: None,
            created_at: asked.now,
            paid_at: None,
            refunded_at: None,
        }))
    }
}

impl SettlePayment {
    pub(super) fn decide(&self, asked: Asked<'_>, on: TicketFacts<'_>) -> Result<Change, Refusal> {
        let payment = on.payment(self.payment_id)?;
        match (payment.state, &self.outcome) {
            (PaymentState::Started, _) => {}
            // Given up as lost, and then the card was charged after all: the money goes back.
            (PaymentState::Declined, ChargeOutcome::Captured { transaction_id }) => {
                let captured = Payment {
                    state: PaymentState::Captured,
                    transaction_id: Some(transaction_id.clone()),
                    paid_at: Some(asked.now),
                    ..payment.clone()
                };
                return Ok(Change::payment(captured.give_back(asked.now)));
            }
            // Told before: a retry acts once.
            _ => return Ok(Change::nothing()),
        }
        let transaction_id = match &self.outcome {
            ChargeOutcome::Captured { transaction_id } => transaction_id,
            ChargeOutcome::Declined { code } => {
                return Ok(Change::payment(Payment {
                    state: PaymentState::Declined,
                    decline_code: Some(code.clone()),
                    ..payment.clone()
                }));
            }
        };
        let captured = Payment {
            state: PaymentState::Captured,
            transaction_id: Some(transaction_id.clone()),
            paid_at: Some(asked.now),
            ..payment.clone()
        };
        let before = on.ticket;
        let paid = Ticket {
            payment_status: PaymentStatus::Paid,
            expires_at: None,
            ..touched(before, asked)
        };
        let unpaid = before.payment_status == PaymentStatus::Pending;
        // To win an expired hold back takes a seat, so it needs a seat that can still be taken.
        let seat_can_be_taken = on.segment_free_of_others
            && on.neighbours_admit(asked.neighbours.house)
            && on.route.is_active
            && !on.route.has_departed(before.segment, asked.now);
        match (before.status, before.cancel_cause) {
            // Also after the departure or on a route that is off sale: the seat was its own all along.
            (TicketStatus::Reserved, _) if unpaid => Ok(confirm(asked, paid, captured)),
            // Suspended while the card was being charged: it keeps the money, not the seat.
            (TicketStatus::Suspended, _) if unpaid => {
                Ok(Change::ticket(paid).with_payment(Some(captured)))
            }
            // The hold ran out meanwhile, but nobody took the seat: the payment wins it back.
            (TicketStatus::Cancelled, Some(CancelCause::Expired))
                if unpaid && seat_can_be_taken =>
            {
                Ok(confirm(asked, paid, captured))
            }
            // Paid twice, cancelled, or the seat or the bus has gone: the money goes back.
            _ => Ok(Change::payment(captured.give_back(asked.now))),
        }
    }
}

/// The payment makes the ticket a confirmed one; an expired one takes its seat again.
fn confirm(asked: Asked<'_>, paid: Ticket, captured: Payment) -> Change {
    let after =
        Ticket { status: TicketStatus::Confirmed, cancelled_at: None, cancel_cause: None, ..paid };
    let route_id = after.route_id;
    let events = vec![EventDraft::of(&after, EventKind::Confirmed, Reason::Paid, asked.now)];
    Change::ticket(after).with_payment(Some(captured)).with_events(route_id, events)
}

impl FinishRefund {
    pub(super) fn decide(&self, asked: Asked<'_>, on: TicketFacts<'_>) -> Result<Change, Refusal> {
        let payment = on.payment(self.payment_id)?;
        if payment.state != PaymentState::Refunding {
            return Ok(Change::nothing());
        }
        Ok(Change::payment(Payment {
            state: PaymentState::Refunded,
            refunded_at: Some(asked.now),
            ..payment.clone()
        }))
    }
}

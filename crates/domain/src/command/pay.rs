//! Paying by card: written before the provider is asked, settled after it has answered.
//!
//! A payment is for all of a booking that is reserved. Between the two, the holds may expire,
//! tickets may be cancelled or confirmed by staff, the process may die. In every case, money that
//! was captured pays for a ticket or goes back, each ticket's share by itself.

use super::asked::{Asked, touched};
use super::scope::Subject;
use crate::payment::PaymentState;
use crate::ticket::{PaymentStatus, Ticket, TicketStatus};
use crate::{
    BookingFacts, BookingId, Change, EventDraft, EventKind, Payment, PaymentId, Reason, Refusal,
    TicketFacts, TicketId,
};

/// Notes that a provider is about to be asked.
#[derive(Clone, Debug)]
pub struct BeginPayment {
    /// A ticket stands for its booking, and has to be one that can be paid itself.
    pub subject: Subject,
    pub payment_id: PaymentId,
    pub provider: &'static str,
}

/// Notes what the provider answered.
#[derive(Clone, Debug)]
pub struct SettlePayment {
    pub booking_id: BookingId,
    pub payment_id: PaymentId,
    /// The ticket that its payer has named, which the answer is to show, if it is still known.
    pub named: Option<TicketId>,
    pub outcome: ChargeOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeOutcome {
    Captured { transaction_id: String },
    Declined { code: String },
}

/// Notes that the provider has given a ticket's share back.
#[derive(Clone, Debug)]
pub struct FinishRefund {
    pub booking_id: BookingId,
    pub payment_id: PaymentId,
    pub ticket_id: TicketId,
}

impl BeginPayment {
    pub(super) fn decide(
        &self,
        asked: Asked<'_>,
        on: &BookingFacts<'_>,
    ) -> Result<Change, Refusal> {
        asked.actor.must_own_booking_or_be_staff(on.booking)?;
        let named = |on: &&TicketFacts<'_>| match self.subject {
            Subject::Ticket(id) => on.ticket.id == id,
            Subject::Booking(_) => true,
        };
        let Some(reserved) =
            on.tickets.iter().filter(named).find(|on| on.ticket.status == TicketStatus::Reserved)
        else {
            let mut tickets = on.tickets.iter().filter(named);
            return Err(match tickets.clone().find(|on| on.is_paid()).or_else(|| tickets.next()) {
                Some(on) if on.is_paid() => Refusal::AlreadyPaid,
                Some(on) => Refusal::InvalidTransition { from: on.ticket.status, action: "paid" },
                None => Refusal::TicketNotFound,
            });
        };
        // The sweep may be late, but the hold ends on time.
        if reserved.ticket.expires_at.is_some_and(|expires_at| expires_at <= asked.now) {
            return Err(Refusal::HoldExpired);
        }
        let unpaid: Vec<_> = on
            .tickets
            .iter()
            .filter(|on| on.ticket.status == TicketStatus::Reserved)
            .copied()
            .collect();
        for on in &unpaid {
            // A route that is off sale is no reason: what is reserved may still be paid.
            on.route.must_allow_change(asked.actor.role(), on.ticket.segment, asked.now)?;
        }
        if on.payments.iter().any(|payment| payment.state() == PaymentState::Started) {
            return Err(Refusal::PaymentInProgress);
        }
        let tickets = unpaid.iter().map(|on| on.ticket);
        let by = asked.payer()?;
        let id = self.payment_id;
        let begun = Payment::begun(id, on.booking.id, self.provider, tickets, by, asked.now);
        // Once: else a card that is declined again and again would keep the seats for ever.
        let kept = unpaid.iter().filter(|_| on.payments.is_empty()).filter_map(|on| {
            let expires_at = Some(on.ticket.kept_for_payment(asked.now)?);
            Some(Ticket { expires_at, ..touched(on.ticket, asked) })
        });
        Ok(Change { tickets: kept.collect(), ..Change::payment(begun) })
    }
}

impl SettlePayment {
    pub(super) fn decide(
        &self,
        asked: Asked<'_>,
        on: &BookingFacts<'_>,
    ) -> Result<Change, Refusal> {
        let payment = on.payment(self.payment_id)?;
        match (payment.state(), &self.outcome) {
            (PaymentState::Started, ChargeOutcome::Declined { code }) => {
                Ok(Change::payment(payment.clone().declined(code.clone())))
            }
            (PaymentState::Started, ChargeOutcome::Captured { transaction_id }) => {
                let captured = payment.clone().captured(transaction_id.clone(), asked.now);
                Ok(settle(asked, on, captured))
            }
            // The payment was given up as lost, and then the card was charged: the money goes back.
            (PaymentState::Declined, ChargeOutcome::Captured { transaction_id }) => {
                let mut captured = payment.clone().captured(transaction_id.clone(), asked.now);
                for share in &payment.shares {
                    captured.give_back(share.ticket_id, asked.now);
                }
                Ok(Change::payment(captured))
            }
            // It was settled before: a retry acts once.
            _ => Ok(Change::nothing()),
        }
    }
}

/// What happens to each ticket that the captured money is for.
fn settle(asked: Asked<'_>, on: &BookingFacts<'_>, mut captured: Payment) -> Change {
    let is_of_it = |on: &&TicketFacts<'_>| captured.share(on.ticket.id).is_some();
    let tickets: Vec<_> = on.tickets.iter().filter(is_of_it).copied().collect();
    // Holds that ran out together are won back together: half a family, or the way out alone, is
    // not what was paid for.
    let expired = || tickets.iter().filter(|on| has_expired(on));
    let can_be_won_back = expired().all(|on| can_take_seat_again(asked, on));
    let mut change = Change::nothing();
    for on in &tickets {
        let ticket = on.ticket;
        let paid = Ticket {
            payment_status: PaymentStatus::Paid,
            expires_at: None,
            ..touched(ticket, asked)
        };
        let is_unpaid = ticket.payment_status == PaymentStatus::Pending;
        match ticket.status {
            // Also after the departure or on a route that is off sale: it has held its seat all the
            // time.
            TicketStatus::Reserved if is_unpaid => confirm(asked, paid, &mut change),
            // Suspended while the card was being charged: it keeps the money, not the seat.
            TicketStatus::Suspended if is_unpaid => change.tickets.push(paid),
            // The hold ran out meanwhile, but no one took the seat: the payment wins it back.
            TicketStatus::Cancelled if has_expired(on) && can_be_won_back => {
                confirm(asked, paid, &mut change);
            }
            // Paid twice, cancelled, or the seat or the bus has gone: the money goes back.
            _ => captured.give_back(ticket.id, asked.now),
        }
    }
    change.payments.push(captured);
    change
}

/// Ended as a hold, and not paid by other means since.
fn has_expired(on: &TicketFacts<'_>) -> bool {
    on.ticket.has_run_out()
}

/// To win an expired hold back takes a seat, so it needs a seat that can still be taken.
fn can_take_seat_again(asked: Asked<'_>, on: &TicketFacts<'_>) -> bool {
    on.is_free_of_others(&[])
        && on.neighbours_admit(asked.neighbours.house)
        && !on.is_seated_elsewhere
        && on.route.is_active
        && !on.route.has_departed(on.ticket.segment, asked.now)
}

/// The payment makes the ticket a confirmed one; an expired one takes its seat again.
fn confirm(asked: Asked<'_>, paid: Ticket, change: &mut Change) {
    let after =
        Ticket { status: TicketStatus::Confirmed, cancelled_at: None, cancel_cause: None, ..paid };
    let told = EventDraft::of(&after, EventKind::Confirmed, Reason::Paid, asked.now);
    change.tell(after.route_id, vec![told]);
    change.tickets.push(after);
}

impl FinishRefund {
    pub(super) fn decide(
        &self,
        asked: Asked<'_>,
        on: &BookingFacts<'_>,
    ) -> Result<Change, Refusal> {
        let mut payment = on.payment(self.payment_id)?.clone();
        let share = payment.shares.iter_mut().find(|share| share.ticket_id == self.ticket_id);
        let Some(share) = share.filter(|share| share.state == PaymentState::Refunding) else {
            return Ok(Change::nothing());
        };
        (share.state, share.refunded_at) = (PaymentState::Refunded, Some(asked.now));
        Ok(Change::payment(payment))
    }
}

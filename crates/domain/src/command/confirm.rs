//! Confirming without online payment: staff take cash, or a suspended ticket takes its seat again.

use super::asked::{Asked, touched};
use crate::ticket::{PaymentStatus, Ticket, TicketStatus};
use crate::{
    Change, EventDraft, EventKind, Payment, PaymentId, Reason, Refusal, TicketFacts, TicketId,
};

#[derive(Clone, Debug)]
pub struct Confirm {
    pub ticket_id: TicketId,
    /// For the cash payment, if one is written.
    pub payment_id: PaymentId,
}

impl Confirm {
    pub(super) fn decide(&self, asked: Asked<'_>, on: TicketFacts<'_>) -> Result<Change, Refusal> {
        let before = on.ticket;
        asked.actor.must_own_or_be_staff(before)?;
        match before.status {
            TicketStatus::Reserved => {
                asked.actor.must_be_staff()?;
                on.route.must_allow_change(asked.actor.role(), before.segment, asked.now)?;
            }
            TicketStatus::Suspended => {
                if !on.is_paid() {
                    asked.actor.must_be_staff()?;
                }
                on.route.must_seat(asked.actor.role(), before.segment, asked.now)?;
            }
            from => return Err(Refusal::InvalidTransition { from, action: "confirmed" }),
        }
        let payment = if on.is_paid() {
            None
        } else {
            let by = asked.account()?.user_id;
            let (id, booking_id) = (self.payment_id, before.booking_id);
            Some(Payment::cash(id, booking_id, [before], by, asked.now))
        };
        let after = Ticket {
            status: TicketStatus::Confirmed,
            payment_status: PaymentStatus::Paid,
            expires_at: None,
            suspended_at: None,
            ..touched(before, asked)
        };
        let events =
            vec![EventDraft::of(&after, EventKind::Confirmed, Reason::Confirmed, asked.now)];
        Ok(Change::ticket(after).with_payment(payment).with_events(on.route.id, events))
    }
}

//! Confirming without online payment: staff take cash, or a suspended ticket takes its seat again.

use jiff::Timestamp;

use super::{TicketFacts, touched};
use crate::change::SeatSegment;
use crate::ticket::{PaymentStatus, Ticket, TicketStatus};
use crate::{
    Actor, Change, EventDraft, EventKind, Payment, PaymentChange, PaymentId, Reason, Refusal,
    Route, TicketId,
};

#[derive(Clone, Debug)]
pub struct Confirm {
    pub actor: Actor,
    pub ticket_id: TicketId,
    /// For the cash payment, if one is written.
    pub payment_id: PaymentId,
    pub now: Timestamp,
}

impl Confirm {
    pub(super) fn decide(&self, route: &Route, on: &TicketFacts) -> Result<Change, Refusal> {
        let before = &on.ticket;
        self.actor.must_own_or_be_staff(before)?;
        let take = match before.status {
            TicketStatus::Reserved => {
                self.actor.must_be_staff()?;
                route.must_allow_change(self.actor.role, before.segment, self.now)?;
                None
            }
            TicketStatus::Suspended => {
                if !on.is_paid() {
                    self.actor.must_be_staff()?;
                }
                route.must_seat(self.actor.role, before.segment, self.now)?;
                Some(SeatSegment::of(before))
            }
            from => return Err(Refusal::InvalidTransition { from, action: "confirmed" }),
        };
        let payment = (!on.is_paid()).then(|| {
            let by = self.actor.user_id;
            PaymentChange::New(Payment::cash(
                self.payment_id,
                before.id,
                before.price,
                by,
                self.now,
            ))
        });
        let after = Ticket {
            status: TicketStatus::Confirmed,
            payment_status: PaymentStatus::Paid,
            expires_at: None,
            suspended_at: None,
            ..touched(before, Some(self.actor), self.now)
        };
        let events =
            vec![EventDraft::of(&after, EventKind::Confirmed, Reason::Confirmed, self.now)];
        Ok(Change { ticket: Some(after), free: None, take, payment, events })
    }
}

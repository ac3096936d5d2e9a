//! Suspending ("açığa alma"): the seat is freed, the ticket and its payment status stay.

use super::asked::{Asked, touched};
use crate::ticket::{Ticket, TicketStatus};
use crate::{Change, EventDraft, EventKind, Reason, Refusal, TicketFacts, TicketId};

#[derive(Clone, Debug)]
pub struct Suspend {
    pub ticket_id: TicketId,
}

impl Suspend {
    pub(super) fn decide(&self, asked: Asked<'_>, on: TicketFacts<'_>) -> Result<Change, Refusal> {
        let before = on.ticket;
        asked.actor.must_be_staff()?;
        if !before.status.holds_seat() {
            return Err(Refusal::InvalidTransition { from: before.status, action: "suspended" });
        }
        on.route.must_allow_change(asked.actor.role(), before.segment, asked.now)?;
        let after = Ticket {
            status: TicketStatus::Suspended,
            suspended_at: Some(asked.now),
            expires_at: None,
            ..touched(before, asked)
        };
        let events =
            vec![EventDraft::of(&after, EventKind::Suspended, Reason::Suspended, asked.now)];
        Ok(Change::ticket(after).with_events(on.route.id, events))
    }
}

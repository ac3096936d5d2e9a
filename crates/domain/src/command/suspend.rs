//! Suspending ("açığa alma"): the seat is freed, the ticket and its payment status stay.

use jiff::Timestamp;

use super::{TicketFacts, freed, touched};
use crate::ticket::{Ticket, TicketStatus};
use crate::{Actor, Change, EventDraft, EventKind, Reason, Refusal, Route, TicketId};

#[derive(Clone, Debug)]
pub struct Suspend {
    pub actor: Actor,
    pub ticket_id: TicketId,
    pub now: Timestamp,
}

impl Suspend {
    pub(super) fn decide(&self, route: &Route, on: &TicketFacts) -> Result<Change, Refusal> {
        let before = &on.ticket;
        self.actor.must_be_staff()?;
        if !before.status.holds_seat() {
            return Err(Refusal::InvalidTransition { from: before.status, action: "suspended" });
        }
        route.must_allow_change(self.actor.role, before.segment, self.now)?;
        let after = Ticket {
            status: TicketStatus::Suspended,
            suspended_at: Some(self.now),
            expires_at: None,
            ..touched(before, Some(self.actor), self.now)
        };
        let events =
            vec![EventDraft::of(&after, EventKind::Suspended, Reason::Suspended, self.now)];
        Ok(Change { free: freed(before), events, ..Change::ticket(after) })
    }
}

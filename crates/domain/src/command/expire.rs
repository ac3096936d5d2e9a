//! The end of a hold that nobody paid.

use jiff::Timestamp;

use super::cancel::cancelled;
use super::{TicketFacts, cancellation_events, freed};
use crate::ticket::{CancelCause, TicketStatus};
use crate::{Change, Reason, TicketId};

/// Ends a hold if it is still one and its time has come; else changes nothing. Whoever asks may be
/// late, early, or one of several.
#[derive(Clone, Debug)]
pub struct Expire {
    pub ticket_id: TicketId,
    pub now: Timestamp,
}

impl Expire {
    pub(super) fn decide(&self, on: &TicketFacts) -> Change {
        let before = &on.ticket;
        let due = before.status == TicketStatus::Reserved
            && before.expires_at.is_some_and(|expires_at| expires_at <= self.now);
        if !due {
            return Change::NOTHING;
        }
        let after = cancelled(on, CancelCause::Expired, self.now);
        let events = cancellation_events(on, &after, Reason::Expired, self.now);
        Change { free: freed(before), events, ..Change::ticket(after) }
    }
}

//! The end of a hold that nobody paid.

use super::cancel::cancelled;
use super::{Asked, cancellation_events};
use crate::ticket::{CancelCause, TicketStatus};
use crate::{Change, Reason, TicketFacts, TicketId};

/// Ends a hold if it is still one and its time has come; else changes nothing. Whoever asks may be
/// late, early, or one of several.
#[derive(Clone, Debug)]
pub struct Expire {
    pub ticket_id: TicketId,
}

impl Expire {
    pub(super) fn decide(&self, asked: Asked<'_>, on: TicketFacts<'_>) -> Change {
        let before = on.ticket;
        let due = before.status == TicketStatus::Reserved
            && before.expires_at.is_some_and(|expires_at| expires_at <= asked.now);
        if !due {
            return Change::nothing();
        }
        let after = cancelled(asked, on, CancelCause::Expired);
        let events = cancellation_events(on, &after, Reason::Expired, asked.now);
        Change::ticket(after).with_events(on.route.id, events)
    }
}

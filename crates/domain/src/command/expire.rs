//! The end of holds that nobody paid.

use super::Asked;
use super::cancel::end;
use crate::ticket::TicketStatus;
use crate::{BookingFacts, Change, Reason, TicketId};

/// Ends the hold of a ticket and those of its booking with it, as far as they still are holds and their
/// time has come; else changes nothing. Whoever asks may be late, early, or one of several.
#[derive(Clone, Debug)]
pub struct Expire {
    pub ticket_id: TicketId,
}

impl Expire {
    pub(super) fn decide(asked: Asked<'_>, on: &BookingFacts<'_>) -> Change {
        let is_due = |ticket: &crate::Ticket| {
            ticket.status == TicketStatus::Reserved
                && ticket.expires_at.is_some_and(|expires_at| expires_at <= asked.now)
        };
        let due: Vec<_> = on.tickets.iter().filter(|on| is_due(on.ticket)).copied().collect();
        end(asked, &due, Reason::Expired)
    }
}

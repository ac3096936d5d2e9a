//! The end of reservations that were not paid.

use super::asked::Asked;
use super::cancel::end;
use crate::ticket::TicketStatus;
use crate::{BookingFacts, Change, Reason, TicketId};

/// Cancels a ticket and the others of its booking, as far as they are still reserved and their time
/// has come; else changes nothing. It may run late, early, or several times.
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

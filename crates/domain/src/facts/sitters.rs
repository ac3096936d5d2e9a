//! Who sits on a route, as far as the neighbour rule needs it.

use std::collections::HashMap;

use crate::{Gender, Pnr, Ticket, TicketId};

/// What the rule needs of each passenger with a seat. A booking is known by its code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sitters(pub(super) HashMap<TicketId, (Gender, Pnr)>);

impl Sitters {
    pub fn put(&mut self, id: TicketId, gender: Gender, pnr: Pnr) {
        self.0.insert(id, (gender, pnr));
    }

    pub(super) fn remove(&mut self, id: TicketId) {
        self.0.remove(&id);
    }

    pub(super) fn note(&mut self, ticket: &Ticket) {
        if ticket.status.holds_seat() {
            self.put(ticket.id, ticket.passenger.gender, ticket.pnr.clone());
        } else {
            self.0.remove(&ticket.id);
        }
    }
}

//! Passengers with a seat on a route, known by their document: as a store has found them, and as
//! the commands of a group have left them since.

use std::collections::HashMap;

use crate::identity::Identity;
use crate::{RouteId, Segment, Ticket, TicketId};

/// A live ticket of a passenger who has shown a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatedPassenger {
    pub route_id: RouteId,
    pub identity: Identity,
    pub ticket_id: TicketId,
    pub segment: Segment,
}

#[derive(Debug, Default)]
pub(super) struct Passengers(HashMap<(RouteId, Identity), HashMap<TicketId, Segment>>);

impl Passengers {
    /// Notes the ticket as it stands now.
    pub(super) fn note(&mut self, ticket: &Ticket) {
        let Some(identity) = &ticket.passenger.identity else { return };
        let of_person = self.0.entry((ticket.route_id, identity.clone())).or_default();
        if ticket.status.holds_seat() {
            of_person.insert(ticket.id, ticket.segment);
        } else {
            of_person.remove(&ticket.id);
        }
    }

    /// Puts a passenger's ticket that a store has found.
    pub(super) fn put(&mut self, found: SeatedPassenger) {
        let SeatedPassenger { route_id, identity, ticket_id, segment } = found;
        self.0.entry((route_id, identity)).or_default().insert(ticket_id, segment);
    }

    /// Whether the passenger of this ticket has another seat on a part of its way.
    pub(super) fn is_seated_elsewhere(&self, ticket: &Ticket) -> bool {
        self.others(ticket).any(|(_, segment)| segment.overlaps(ticket.segment))
    }

    /// The other live tickets of the ticket's passenger on its route.
    pub(super) fn others(&self, ticket: &Ticket) -> impl Iterator<Item = (TicketId, Segment)> {
        let identity = ticket.passenger.identity.as_ref();
        let known = identity.and_then(|it| self.0.get(&(ticket.route_id, it.clone())));
        let known = known.into_iter().flatten().map(|(id, segment)| (*id, *segment));
        let own = ticket.id;
        known.filter(move |(id, _)| *id != own)
    }
}

//! The refusal of a change that gives one person two seats on one part of the way.
//!
//! Checked for every change that takes a seat, by any command: a booking, a suspended ticket that
//! takes its seat again. A ticket that keeps its place keeps it. Staff are not bound: they sell the
//! seat beside to a passenger who wants both. A person is known by a document; a document that was
//! not looked up for a group is not known.

use super::Facts;
use crate::{Actor, Change, Refusal, Ticket};

impl Facts {
    /// Refuses a change that gives one person a second seat on a part of the way.
    pub(crate) fn keep_one_seat_each(&self, change: &Change, actor: &Actor) -> Result<(), Refusal> {
        if actor.role().is_staff() {
            return Ok(());
        }
        let seated = || change.tickets.iter().filter(|ticket| ticket.status.holds_seat());
        for ticket in seated().filter(|ticket| ticket.passenger.identity.is_some()) {
            // A seat that is taken is refused later, when the change is applied.
            if self.keeps_its_seat(ticket) || !self.may_be_taken(ticket, change)? {
                continue;
            }
            let is_changed = |id| change.tickets.iter().any(|changed| changed.id == id);
            let before = self.passengers.others(ticket).filter(|(id, _)| !is_changed(*id));
            let of_same = |other: &&Ticket| {
                let person = |ticket: &Ticket| (ticket.route_id, ticket.passenger.identity.clone());
                other.id != ticket.id && person(other) == person(ticket)
            };
            let with_it = seated().filter(of_same).map(|other| (other.id, other.segment));
            if before.chain(with_it).any(|(_, segment)| segment.overlaps(ticket.segment)) {
                return Err(Refusal::PassengerAlreadyBooked { seat: ticket.seat });
            }
        }
        Ok(())
    }

    /// Whether it was seated on this segment before, as the same person.
    fn keeps_its_seat(&self, after: &Ticket) -> bool {
        self.tickets.get(&after.id).is_some_and(|before| {
            let who = |ticket: &Ticket| (ticket.segment, ticket.passenger.identity.clone());
            before.status.holds_seat() && who(before) == who(after)
        })
    }
}

//! Forgetting who travelled: a booking keeps its seats, its money and its history, but no person.
//!
//! A second time, it changes nothing. A person who still has to travel, or to get money back, is
//! not forgotten.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::asked::{Asked, touched};
use crate::passenger::{Passenger, Phone};
use crate::{
    Actor, Booking, BookingFacts, BookingId, Change, Contact, PaymentState, Refusal, Role, Ticket,
    TicketFacts, TicketId, TicketStatus,
};

#[derive(Clone, Debug)]
pub struct Forget {
    pub booking_id: BookingId,
    pub whom: Whom,
    /// By a rule: only who had arrived by then, with every ticket of the booking. The decision does
    /// not rest on the time that the system's clock has by itself, which may have jumped ahead.
    pub arrived_by: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The one who booked, and all who travel.
    Everybody,
    /// The passengers of these tickets: one person may have several. The others and the contact
    /// stay.
    Passengers(BTreeSet<TicketId>),
}

impl Whom {
    pub fn is_meant(&self, ticket: TicketId) -> bool {
        match self {
            Self::Everybody => true,
            Self::Passengers(tickets) => tickets.contains(&ticket),
        }
    }
}

impl Forget {
    /// By the program, an administrator, or the account that booked it.
    pub(super) fn decide(
        &self,
        asked: Asked<'_>,
        on: &BookingFacts<'_>,
    ) -> Result<Change, Refusal> {
        let asking = asked.actor.user_id();
        let is_own = asking.is_some() && asking == on.booking.user_id;
        let may = matches!(asked.actor, Actor::System) || asked.actor.role() == Role::Admin;
        if !may && !is_own {
            return Err(Refusal::NotYours);
        }
        let meant = || on.tickets.iter().filter(|on| self.whom.is_meant(on.ticket.id));
        let is_owed = on.payments.iter().any(|payment| {
            matches!(payment.state(), PaymentState::Started | PaymentState::Refunding)
        });
        let over_by = self.arrived_by.map_or(asked.now, |by| by.min(asked.now));
        if is_owed || meant().any(|on| is_open(on, over_by)) {
            return Err(Refusal::BookingIsOpen);
        }
        let mut change = Change::nothing();
        let forgotten = Contact { name: None, phone: Phone::forgotten(), email: None };
        if self.whom == Whom::Everybody && on.booking.contact != forgotten {
            let (booking, updated_at) = (on.booking.clone(), asked.now);
            change.bookings.push(Booking { contact: forgotten, updated_at, ..booking });
        }
        for TicketFacts { ticket, .. } in meant() {
            let gender = ticket.passenger.gender;
            let passenger = Passenger { name: String::new(), gender, identity: None };
            let phone = match &self.whom {
                Whom::Everybody => Phone::forgotten(),
                // The contact's number, which all tickets of a booking have.
                Whom::Passengers(_) => ticket.phone.clone(),
            };
            if ticket.passenger != passenger || ticket.phone != phone {
                change.tickets.push(Ticket { passenger, phone, ..touched(ticket, asked) });
            }
        }
        Ok(change)
    }
}

/// Whether it could still be travelled with, or paid for, at this time.
fn is_open(on: &TicketFacts<'_>, at: Timestamp) -> bool {
    let arrives_at = on.route.stops.last().map(|stop| stop.time);
    on.ticket.status != TicketStatus::Cancelled && arrives_at.is_none_or(|arrives| arrives > at)
}

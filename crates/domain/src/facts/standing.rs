//! Bookings, tickets and payments as a change leaves them: in place of what they were, or new.
//!
//! The change was accepted as a whole before; nothing here refuses.

use super::{Facts, StoredBooking};
use crate::version::changed_at;
use crate::{Booking, BookingId, Holder, Payment, Ticket, TicketId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsNew {
    Yes,
    No,
}

impl IsNew {
    pub fn when(is_new: bool) -> Self {
        if is_new { Self::Yes } else { Self::No }
    }
}

impl Facts {
    pub(super) fn keep(&mut self, booking: Booking) -> (BookingId, Option<Booking>) {
        let id = booking.id;
        match self.bookings.get_mut(&id) {
            Some(stored) => {
                let updated_at = changed_at(stored.booking.updated_at, booking.updated_at);
                let after = Booking { updated_at, ..booking };
                (id, Some(std::mem::replace(&mut stored.booking, after)))
            }
            None => {
                self.used_pnrs.insert(booking.pnr.clone());
                self.put_booking(booking, Vec::new(), Vec::new());
                (id, None)
            }
        }
    }

    pub(super) fn stand(&mut self, ticket: Ticket) -> (TicketId, Option<Ticket>) {
        let (id, booking_id) = (ticket.id, ticket.booking_id);
        let sits = (ticket.seat, Holder::Ticket(id));
        let on_route = self.routes.change(ticket.route_id, [sits]);
        if let Some(sitters) = on_route.and_then(|facts| facts.sitters.as_mut()) {
            sitters.note(&ticket);
        }
        self.passengers.note(&ticket);
        if let Some(stored) = self.tickets.get_mut(&id) {
            let updated_at = changed_at(stored.updated_at, ticket.updated_at);
            let after = Ticket { updated_at, ..ticket };
            return (id, Some(std::mem::replace(stored, after)));
        }
        self.tickets.insert(id, ticket);
        self.known_booking(booking_id).tickets.push(id);
        (id, None)
    }

    pub(super) fn pay(&mut self, payment: Payment) -> (Payment, IsNew) {
        let stored = self.known_booking(payment.booking_id);
        match stored.payments.iter_mut().find(|known| known.id == payment.id) {
            Some(known) => {
                *known = payment.clone();
                (payment, IsNew::No)
            }
            None => {
                stored.payments.push(payment.clone());
                (payment, IsNew::Yes)
            }
        }
    }

    fn known_booking(&mut self, id: BookingId) -> &mut StoredBooking {
        let Some(stored) = self.bookings.get_mut(&id) else {
            unreachable!("tickets and payments are of a booking that was loaded, or made just now")
        };
        stored
    }
}

//! What a driver loads before a group of writes is decided: everything that they name, at once.
//!
//! Invariant: after it is loaded, together with what belongs to it (a ticket's booking, a booking's
//! tickets and payments, the routes and people of all of them), every decision of the group finds
//! its facts in the working set, and no decision has to read by itself.

use domain::hold::HoldKey;
use domain::hold::TokenHash;
use domain::identity::Identity;
use domain::{
    BlockId, BookingId, Command, HoldId, NeighbourRule, PaymentId, Pnr, RouteId, Scope, TicketId,
    UserId,
};

use crate::{Envelope, Key, KeyId, Write};

/// Names may stand here more than once.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Keys that requests came with.
    pub keys: Vec<KeyId>,
    /// Payments that come to their end: a key may wait for that.
    pub settled: Vec<PaymentId>,
    /// Tickets that are named.
    pub tickets: Vec<TicketId>,
    /// Bookings that are named.
    pub bookings: Vec<BookingId>,
    /// Routes that are named.
    pub routes: Vec<RouteId>,
    /// Holds that are named.
    pub holds: Vec<HoldId>,
    /// Secrets of holds that callers sent.
    pub tokens: Vec<TokenHash>,
    /// Blocks that are named.
    pub blocks: Vec<BlockId>,
    /// Accounts whose name stands in an answer.
    pub people: Vec<UserId>,
    /// The first booking code of each booking to be made: it has to be known which are in use.
    pub pnrs: Vec<Pnr>,
    /// Their other codes. One of them is taken only where a first one is in use.
    pub spare_pnrs: Vec<Pnr>,
    /// Documents whose live tickets on a route have to be known.
    pub documents: Vec<(RouteId, Identity)>,
    /// The neighbour rule where a route has none of its own.
    pub house: NeighbourRule,
}

impl Wanted {
    /// What these envelopes name.
    pub fn of<'a>(envelopes: impl IntoIterator<Item = &'a Envelope>) -> Self {
        let mut wanted = Self::default();
        envelopes.into_iter().for_each(|envelope| wanted.add(envelope));
        wanted
    }

    fn add(&mut self, envelope: &Envelope) {
        let key = envelope.sender.key.as_ref();
        self.keys.extend(key.into_iter().flat_map(Key::known_as).map(|known| known.id));
        let Write::Inventory(command) = &envelope.write else { return };
        self.people.extend(envelope.sender.actor.user_id());
        if let Command::SettlePayment(settle) = command {
            self.settled.push(settle.payment_id);
        }
        if self.house == NeighbourRule::Off {
            self.house = envelope.neighbours.house;
        }
        let Scope { routes, tickets, holds, blocks, bookings, pnrs, documents } = command.scope();
        self.routes.extend(routes);
        self.tickets.extend(tickets);
        self.blocks.extend(blocks);
        self.bookings.extend(bookings);
        if let [first, spare @ ..] = pnrs {
            self.pnrs.push(first.clone());
            self.spare_pnrs.extend_from_slice(spare);
        }
        let documents = documents.into_iter();
        self.documents.extend(documents.map(|(route_id, shown)| (route_id, shown.clone())));
        for key in holds {
            match key {
                HoldKey::Id(id) => self.holds.push(id),
                HoldKey::Token(token) => self.tokens.push(token),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::command::Book;
    use domain::passenger::Phone;
    use domain::{Actor, Contact};
    use jiff::{SignedDuration, Timestamp};
    use uuid::Uuid;

    use super::*;

    fn booking(codes: &[Pnr]) -> Envelope {
        let book = Book {
            booking_id: BookingId(Uuid::nil()),
            payment_id: PaymentId(Uuid::nil()),
            pnr_candidates: codes.to_vec(),
            journeys: Vec::new(),
            contact: Contact {
                name: None,
                phone: Phone::parse("5321234567").unwrap(),
                email: None,
            },
            hold: SignedDuration::from_mins(20),
        };
        Envelope::new(Command::Book(book), Actor::Anonymous, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn of_each_booking_the_first_code_is_looked_up() {
        let codes: Vec<Pnr> = (0..5).map(|n| Pnr::from_stored(format!("VV0000{n}"))).collect();
        let bookings = [booking(&codes[..3]), booking(&codes[3..]), booking(&[])];
        let wanted = Wanted::of(&bookings);
        assert_eq!(wanted.pnrs, [codes[0].clone(), codes[3].clone()]);
        assert_eq!(wanted.spare_pnrs, [codes[1].clone(), codes[2].clone(), codes[4].clone()]);
    }
}

//! What a decision asks the store to write: all of it in one transaction, or nothing.

use crate::fair_use::AddressKey;
use crate::seat_segment::SeatLeg;
use crate::{Block, Booking, EventDraft, Hold, Holder, Payment, RouteId, Ticket};

/// The outcome of a command: tickets and payments as they are to stand, and the events that viewers
/// are sent.
///
/// It does not say which legs are freed and taken: that follows from each ticket before and after
/// ([`crate::Facts::apply`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// New ones, and old ones in place of what they were; so with tickets and payments.
    pub bookings: Vec<Booking>,
    /// Of bookings that are known, or new in this change; so with payments.
    pub tickets: Vec<Ticket>,
    pub payments: Vec<Payment>,
    /// New ones, and old ones in place of what they were.
    pub holds: Vec<Hold>,
    pub blocks: Vec<Block>,
    /// From where unpaid seats are taken, if they are.
    pub address: Option<AddressKey>,
    /// Numbered per route in this order, without a hole.
    pub events: Vec<(RouteId, EventDraft)>,
}

impl Change {
    /// Everything is already as the command wants it.
    pub fn nothing() -> Self {
        Self::default()
    }

    pub fn is_nothing(&self) -> bool {
        let Self { bookings, tickets, payments, holds, blocks, address: _, events } = self;
        bookings.is_empty()
            && tickets.is_empty()
            && payments.is_empty()
            && holds.is_empty()
            && blocks.is_empty()
            && events.is_empty()
    }

    pub fn ticket(ticket: Ticket) -> Self {
        Self { tickets: vec![ticket], ..Self::default() }
    }

    pub fn hold(hold: Hold) -> Self {
        Self { holds: vec![hold], ..Self::default() }
    }

    pub fn block(block: Block) -> Self {
        Self { blocks: vec![block], ..Self::default() }
    }

    pub fn payment(payment: Payment) -> Self {
        Self { payments: vec![payment], ..Self::default() }
    }

    #[must_use]
    pub fn with_payment(self, payment: Option<Payment>) -> Self {
        Self { payments: payment.into_iter().collect(), ..self }
    }

    #[must_use]
    pub fn with_events(mut self, route_id: RouteId, events: Vec<EventDraft>) -> Self {
        self.tell(route_id, events);
        self
    }

    pub fn tell(&mut self, route_id: RouteId, events: Vec<EventDraft>) {
        self.events.extend(events.into_iter().map(|draft| (route_id, draft)));
    }

    /// A payment as this change leaves it so far: as it is, unless the change has touched it.
    pub fn payment_mut(&mut self, before: &Payment) -> &mut Payment {
        let known = self.payments.iter().position(|payment| payment.id == before.id);
        let at = known.unwrap_or_else(|| {
            self.payments.push(before.clone());
            self.payments.len() - 1
        });
        &mut self.payments[at]
    }

    /// The legs that its tickets, holds and blocks hold after it.
    pub(crate) fn held_after(&self) -> impl Iterator<Item = (SeatLeg, Holder)> {
        let of_ticket = |ticket: &Ticket| {
            let holder = Holder::Ticket(ticket.id);
            ticket.places().map(move |place| (place, holder)).collect::<Vec<_>>()
        };
        let of_hold =
            |hold: &Hold| hold.places().map(|place| (place, hold.holder())).collect::<Vec<_>>();
        let of_block =
            |block: &Block| block.places().map(|place| (place, block.holder())).collect::<Vec<_>>();
        let tickets = self.tickets.iter().flat_map(of_ticket);
        tickets
            .chain(self.holds.iter().flat_map(of_hold))
            .chain(self.blocks.iter().flat_map(of_block))
    }
}

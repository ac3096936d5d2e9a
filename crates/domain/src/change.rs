//! What a decision wants written: the whole of it, in one transaction, or nothing.

use crate::{EventDraft, Payment, RouteId, SeatNumber, Segment, Ticket};

/// A seat on a run of legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatSegment {
    pub seat: SeatNumber,
    pub segment: Segment,
}

impl SeatSegment {
    pub fn of(ticket: &Ticket) -> Self {
        Self { seat: ticket.seat, segment: ticket.segment }
    }
}

/// The outcome of a command: tickets and payments as they are to stand, and what viewers are told.
///
/// Which legs are freed and taken is not said here: it follows from each ticket before and after
/// ([`crate::Facts::apply`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// New ones, and old ones in place of what they were.
    pub tickets: Vec<Ticket>,
    /// Of tickets that are known, or new in this change.
    pub payments: Vec<Payment>,
    /// Numbered per route in this order, without a hole.
    pub events: Vec<(RouteId, EventDraft)>,
}

impl Change {
    /// The world is already as the command wants it.
    pub fn nothing() -> Self {
        Self::default()
    }

    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    pub fn ticket(ticket: Ticket) -> Self {
        Self { tickets: vec![ticket], ..Self::default() }
    }

    pub fn payment(payment: Payment) -> Self {
        Self { payments: vec![payment], ..Self::default() }
    }

    #[must_use]
    pub fn with_payment(self, payment: Option<Payment>) -> Self {
        Self { payments: payment.into_iter().collect(), ..self }
    }

    #[must_use]
    pub fn with_events(self, route_id: RouteId, events: Vec<EventDraft>) -> Self {
        Self { events: events.into_iter().map(|draft| (route_id, draft)).collect(), ..self }
    }
}

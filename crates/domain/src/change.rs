//! What a decision wants written: the whole of it, in one transaction, or nothing.

use crate::{EventDraft, Payment, SeatNumber, Segment, Ticket};

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

/// The outcome of a command. The store frees `free`, takes `take` (a leg that is taken already
/// fails the whole change as [`crate::Refusal::SeatTaken`]), writes the ticket and the payment, and
/// numbers the events behind the route's last one, in this order and without a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it is to stand: inserted when new, else replaced. `None` leaves it alone.
    pub ticket: Option<Ticket>,
    pub free: Option<SeatSegment>,
    pub take: Option<SeatSegment>,
    pub payment: Option<PaymentChange>,
    pub events: Vec<EventDraft>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentChange {
    New(Payment),
    Update(Payment),
}

impl PaymentChange {
    pub fn payment(&self) -> &Payment {
        match self {
            Self::New(payment) | Self::Update(payment) => payment,
        }
    }
}

impl Change {
    /// Nothing is to be written: the world is already as the command wants it.
    pub const NOTHING: Self =
        Self { ticket: None, free: None, take: None, payment: None, events: Vec::new() };

    pub fn ticket(ticket: Ticket) -> Self {
        Self { ticket: Some(ticket), ..Self::NOTHING }
    }

    pub fn payment(payment: PaymentChange) -> Self {
        Self { payment: Some(payment), ..Self::NOTHING }
    }
}

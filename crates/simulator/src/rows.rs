//! The database's own rows, as the auditor reads them.

use domain::{EventKind, Gender, PaymentState, PaymentStatus, Reason, RouteChange, TicketStatus};

use crate::cells::Place;
use crate::documents::Document;

/// A row of `route_events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Seat(EventRow),
    Change(ChangeRow),
}

/// A change of the route itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangeRow {
    pub(crate) position: u64,
    pub(crate) route: usize,
    pub(crate) ordinal: u64,
    pub(crate) seq: u64,
    pub(crate) change: RouteChange,
}

/// An event of a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventRow {
    pub(crate) position: u64,
    pub(crate) route: usize,
    pub(crate) ordinal: u64,
    pub(crate) seq: u64,
    pub(crate) kind: EventKind,
    pub(crate) reason: Reason,
    pub(crate) place: Place,
    pub(crate) gender: Gender,
    pub(crate) ticket: u128,
    pub(crate) owner: Option<u128>,
    pub(crate) at: i64,
}

/// A row of `bookings`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BookingRow {
    pub(crate) pnr: String,
    /// The number of its request; a single ticket has none.
    pub(crate) number: Option<u64>,
}

/// A row of `idempotency_keys`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRow {
    /// The end of this payment brings the answer.
    pub(crate) payment: Option<u128>,
    pub(crate) content: Option<Vec<u8>>,
    /// It waits no more, and there is no answer: the next request counts as the first.
    pub(crate) is_free: bool,
}

/// A row of `tickets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TicketRow {
    pub(crate) booking: u128,
    pub(crate) pnr: String,
    pub(crate) route: usize,
    pub(crate) place: Place,
    pub(crate) gender: Gender,
    pub(crate) document: Option<Document>,
    pub(crate) status: TicketStatus,
    pub(crate) payment_status: PaymentStatus,
    pub(crate) price: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) owner: Option<u128>,
}

/// A row of `payment_shares`, with its payment's provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PaymentRow {
    pub(crate) id: u128,
    pub(crate) booking: u128,
    pub(crate) payer: Option<u128>,
    pub(crate) ticket: u128,
    pub(crate) provider: String,
    pub(crate) amount: i64,
    pub(crate) state: PaymentState,
}

impl Row {
    pub(crate) fn position(&self) -> u64 {
        match self {
            Self::Seat(event) => event.position,
            Self::Change(change) => change.position,
        }
    }

    pub(crate) fn route(&self) -> usize {
        match self {
            Self::Seat(event) => event.route,
            Self::Change(change) => change.route,
        }
    }

    pub(crate) fn ordinal(&self) -> u64 {
        match self {
            Self::Seat(event) => event.ordinal,
            Self::Change(change) => change.ordinal,
        }
    }

    pub(crate) fn seq(&self) -> u64 {
        match self {
            Self::Seat(event) => event.seq,
            Self::Change(change) => change.seq,
        }
    }

    pub(crate) fn seat(&self) -> Option<&EventRow> {
        match self {
            Self::Seat(event) => Some(event),
            Self::Change(_) => None,
        }
    }
}

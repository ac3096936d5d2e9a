//! One event of a route, as the store tells it.

use crate::legs::Legs;

/// What became of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Reserved,
    Confirmed,
    Suspended,
    Cancelled,
    /// Told of the legs that are free again, behind what freed them.
    Available,
}

/// The events of a route stand one behind the other, the first with `seq` 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub kind: Kind,
    pub seat: usize,
    pub legs: Legs,
    pub ticket: Option<String>,
}

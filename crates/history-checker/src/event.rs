//! One event of a route, as the store has it.

use crate::legs::Legs;

/// What happened to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Reserved,
    Confirmed,
    Suspended,
    Cancelled,
    /// The legs are free again; it follows the event that freed them.
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

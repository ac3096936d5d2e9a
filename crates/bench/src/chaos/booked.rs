//! What families were told of their bookings, for the end of a run.

use std::cell::RefCell;

use super::ledger::When;

/// A booking that a family was told of.
#[derive(Debug)]
pub(crate) struct Booked {
    pub(crate) id: String,
    pub(crate) tickets: Vec<String>,
    /// Nobody else's: all that was ever booked with it is this.
    pub(crate) phone: String,
    /// All that was ever taken for it, in lira.
    pub(crate) paid: f64,
    /// From the first question about it to the last answer.
    pub(crate) when: When,
}

/// What families were told, for the end.
#[derive(Debug, Default)]
pub(crate) struct Families(pub(super) RefCell<Vec<Booked>>);

impl Families {
    /// All of it; nothing is told any more.
    pub(crate) fn told(&self) -> Vec<Booked> {
        self.0.take()
    }
}

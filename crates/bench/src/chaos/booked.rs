//! The answers that families got about their bookings, for the end of a run.

use std::cell::RefCell;

use super::http::Ask;
use super::ledger::When;

/// A booking that a family got an answer about.
#[derive(Debug)]
pub(crate) struct Booked {
    pub(crate) id: String,
    pub(crate) tickets: Vec<String>,
    /// No other booking was ever made with it.
    pub(crate) phone: String,
    /// All that was ever taken for it, in lira.
    pub(crate) paid: f64,
    /// What it cost when it was booked.
    pub(crate) total: f64,
    /// A payment that was in flight when the run ended.
    pub(crate) unanswered: Option<Ask>,
    /// From the first question about it to the last answer.
    pub(crate) when: When,
}

/// The answers that families got, for the end.
#[derive(Debug, Default)]
pub(crate) struct Families(pub(super) RefCell<Vec<Booked>>);

impl Families {
    /// All of them; there are no more answers.
    pub(crate) fn told(&self) -> Vec<Booked> {
        self.0.take()
    }
}

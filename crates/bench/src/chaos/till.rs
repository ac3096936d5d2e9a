//! What writers know of payments: those that were acknowledged, and those without an answer.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::ledger::When;

#[derive(Debug, Default)]
pub(crate) struct Till {
    acknowledged: RefCell<HashMap<String, (f64, When)>>,
    unanswered: RefCell<HashSet<String>>,
}

impl Till {
    /// This much was taken for the ticket, in lira.
    pub(crate) fn acknowledged(&self, ticket: &str, lira: f64, when: When) {
        self.acknowledged.borrow_mut().insert(ticket.to_owned(), (lira, when));
    }

    /// It is unknown whether anything was taken for the ticket; its writer leaves it alone from now
    /// on.
    pub(crate) fn unanswered(&self, ticket: &str) {
        self.unanswered.borrow_mut().insert(ticket.to_owned());
    }

    /// What must have been taken for the ticket; nothing where that may be lost.
    pub(crate) fn taken(&self, ticket: &str, may_be_lost: impl Fn(When) -> bool) -> f64 {
        let known = self.acknowledged.borrow();
        known.get(ticket).filter(|(_, when)| !may_be_lost(*when)).map_or(0.0, |(lira, _)| *lira)
    }

    pub(crate) fn is_unanswered(&self, ticket: &str) -> bool {
        self.unanswered.borrow().contains(ticket)
    }
}

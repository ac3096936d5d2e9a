//! What the server has acknowledged, ticket by ticket: at the end it must all be there.
//!
//! An answer that never came leaves two possibilities; so does a hold, which may end by itself.

use std::cell::RefCell;
use std::collections::HashMap;

/// A ticket as far as its writer can know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) status: String,
    pub(crate) seat: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) route: usize,
    /// What it may be now: the last acknowledged state first.
    pub(crate) possible: Vec<State>,
    /// The last thing that was done to it.
    pub(crate) last: String,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger(RefCell<HashMap<String, Entry>>);

impl Ledger {
    /// The server has said that the ticket is so.
    pub(crate) fn acknowledged(&self, id: &str, route: usize, state: State, last: String) {
        let mut entries = self.0.borrow_mut();
        entries.insert(id.to_owned(), Entry { route, possible: vec![state], last });
    }

    /// Nobody knows whether this was done.
    pub(crate) fn unanswered(&self, id: &str, outcomes: Vec<State>, last: String) {
        if let Some(entry) = self.0.borrow_mut().get_mut(id) {
            entry.possible.extend(outcomes);
            entry.last = last;
        }
    }

    pub(crate) fn entries(&self) -> Vec<(String, Entry)> {
        let entries = self.0.borrow();
        let mut all: Vec<_> = entries.iter().map(|(id, one)| (id.clone(), one.clone())).collect();
        all.sort_by(|one, two| one.0.cmp(&two.0));
        all
    }
}

impl Entry {
    /// Whether a ticket may be like this when everything is over.
    pub(crate) fn allows(&self, found: &State) -> bool {
        self.possible.iter().any(|state| {
            let expired = state.status == "RESERVED" && found.status == "CANCELLED";
            state.seat == found.seat && (state.status == found.status || expired)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, State};

    fn state(status: &str, seat: usize) -> State {
        State { status: status.to_owned(), seat }
    }

    #[test]
    fn only_a_reservation_ends_by_itself() {
        let entry =
            |status| Entry { route: 0, possible: vec![state(status, 3)], last: String::new() };
        assert!(entry("RESERVED").allows(&state("CANCELLED", 3)));
        assert!(!entry("RESERVED").allows(&state("CANCELLED", 4)));
        assert!(!entry("CONFIRMED").allows(&state("CANCELLED", 3)));
        assert!(!entry("RESERVED").allows(&state("CONFIRMED", 3)));
    }
}

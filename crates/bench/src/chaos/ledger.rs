//! What the server has acknowledged, ticket by ticket: at the end it must all be there, except what
//! a failover may have lost.
//!
//! A missing answer leaves two possibilities; so does a hold, which may end by itself.

use std::cell::RefCell;
use std::collections::HashMap;

/// A ticket as far as its writer can know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) status: String,
    pub(crate) seat: usize,
}

/// When a request was sent and answered, in milliseconds since the run began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    pub(crate) asked: u128,
    pub(crate) answered: u128,
}

/// One acknowledged step, and the later requests without an answer.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// What the ticket may be now: the acknowledged state first.
    pub(crate) possible: Vec<State>,
    pub(crate) when: When,
    /// The last thing that was done to it.
    pub(crate) last: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) route: usize,
    pub(crate) steps: Vec<Step>,
}

/// The judgement of a ticket in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// It is as it was acknowledged last.
    Kept,
    /// This many acknowledged steps were lost, each by a failover that may lose it.
    Lost(usize),
    Wrong,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger(RefCell<HashMap<String, Entry>>);

impl Ledger {
    /// The server has answered that the ticket is in this state.
    pub(crate) fn acknowledged(
        &self,
        id: &str,
        route: usize,
        (state, when): (State, When),
        last: String,
    ) {
        let mut entries = self.0.borrow_mut();
        let steps = Vec::new();
        let entry = entries.entry(id.to_owned()).or_insert(Entry { route, steps });
        entry.steps.push(Step { possible: vec![state], when, last });
    }

    /// It is unknown whether this was done.
    pub(crate) fn unanswered(&self, id: &str, outcomes: Vec<State>, last: String) {
        let mut entries = self.0.borrow_mut();
        if let Some(step) = entries.get_mut(id).and_then(|entry| entry.steps.last_mut()) {
            step.possible.extend(outcomes);
            step.last = last;
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
    /// Judges a ticket that is in this state at the end; `None`: it is not there.
    pub(crate) fn judged(
        &self,
        found: Option<&State>,
        may_be_lost: impl Fn(When) -> bool,
    ) -> Judgement {
        for (lost, step) in self.steps.iter().rev().enumerate() {
            if found.is_some_and(|found| step.allows(found)) {
                return if lost == 0 { Judgement::Kept } else { Judgement::Lost(lost) };
            }
            if !may_be_lost(step.when) {
                return Judgement::Wrong;
            }
        }
        // It is there in a state that was never answered, or was never made.
        if found.is_none() { Judgement::Lost(self.steps.len()) } else { Judgement::Wrong }
    }
}

impl Step {
    fn allows(&self, found: &State) -> bool {
        self.possible.iter().any(|state| {
            let expired = state.status == "RESERVED" && found.status == "CANCELLED";
            state.seat == found.seat && (state.status == found.status || expired)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Judgement, State, Step, When};

    fn state(status: &str, seat: usize) -> State {
        State { status: status.to_owned(), seat }
    }

    fn entry(states: &[(&str, usize)]) -> Entry {
        let step = |(at, (status, seat)): (usize, &(&str, usize))| {
            let at = at as u128 * 10;
            let when = When { asked: at, answered: at + 5 };
            Step { possible: vec![state(status, *seat)], when, last: String::new() }
        };
        Entry { route: 0, steps: states.iter().enumerate().map(step).collect() }
    }

    #[test]
    fn only_a_reservation_ends_by_itself() {
        let judged = |before, found| entry(&[(before, 3)]).judged(Some(&found), |_| false);
        assert_eq!(judged("RESERVED", state("CANCELLED", 3)), Judgement::Kept);
        assert_eq!(judged("RESERVED", state("CANCELLED", 4)), Judgement::Wrong);
        assert_eq!(judged("CONFIRMED", state("CANCELLED", 3)), Judgement::Wrong);
        assert_eq!(judged("RESERVED", state("CONFIRMED", 3)), Judgement::Wrong);
    }

    #[test]
    fn only_what_a_failover_may_have_lost_may_be_lost() {
        let entry = entry(&[("RESERVED", 3), ("CONFIRMED", 3), ("CONFIRMED", 4)]);
        let since = |from| move |when: When| when.answered >= from;
        let first = state("RESERVED", 3);
        assert_eq!(entry.judged(Some(&first), since(10)), Judgement::Lost(2));
        assert_eq!(entry.judged(Some(&first), since(20)), Judgement::Wrong);
        assert_eq!(entry.judged(None, since(10)), Judgement::Wrong);
        assert_eq!(entry.judged(None, since(0)), Judgement::Lost(3));
        assert_eq!(entry.judged(Some(&state("CONFIRMED", 4)), since(0)), Judgement::Kept);
    }
}

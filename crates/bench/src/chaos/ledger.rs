//! What the server has acknowledged, ticket by ticket: at the end it must all be there, except what
//! a failover may have lost.
//!
//! A missing answer leaves two possibilities; so does a hold, which may end by itself. What was done
//! to a ticket after a loss was done to the ticket as it was before: its answers tell.

use std::cell::RefCell;
use std::collections::HashMap;

/// A ticket as far as its writer can know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) status: String,
    pub(crate) seat: usize,
}

/// What an answer tells of a ticket, or would have told: the rest is as it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) status: Option<String>,
    pub(crate) seat: Option<usize>,
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
    pub(crate) acknowledged: Told,
    /// Each of them may have been done.
    pub(crate) unanswered: Vec<Told>,
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
    /// The server has answered this about the ticket.
    pub(crate) fn acknowledged(
        &self,
        id: &str,
        route: usize,
        (told, when): (impl Into<Told>, When),
        last: String,
    ) {
        let mut entries = self.0.borrow_mut();
        let steps = Vec::new();
        let entry = entries.entry(id.to_owned()).or_insert(Entry { route, steps });
        let (acknowledged, unanswered) = (told.into(), Vec::new());
        entry.steps.push(Step { acknowledged, unanswered, when, last });
    }

    /// It is unknown whether one of these was done.
    pub(crate) fn unanswered(&self, id: &str, outcomes: Vec<Told>, last: String) {
        let mut entries = self.0.borrow_mut();
        if let Some(step) = entries.get_mut(id).and_then(|entry| entry.steps.last_mut()) {
            step.unanswered.extend(outcomes);
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
        // For each step: what the ticket may be once it is done, whatever was lost before it.
        let mut done: Vec<Vec<State>> = Vec::new();
        let mut before = Vec::new();
        for step in &self.steps {
            let may_be_lost = may_be_lost(step.when);
            let after = step.done(&before, may_be_lost);
            if !may_be_lost {
                before.clear();
            }
            before.extend(after.iter().cloned());
            done.push(after);
        }
        for (lost, (step, done)) in self.steps.iter().zip(&done).rev().enumerate() {
            if found.is_some_and(|found| done.iter().any(|state| state.may_be(found))) {
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
    /// What a ticket that was one of these before may be now; nothing was before a booking.
    fn done(&self, before: &[State], may_be_lost: bool) -> Vec<State> {
        let mut done = self.acknowledged.of(before);
        let mut at_last = done.clone();
        if may_be_lost {
            at_last.extend_from_slice(before);
        }
        done.extend(self.unanswered.iter().flat_map(|told| told.of(&at_last)));
        done
    }
}

impl Told {
    fn of(&self, before: &[State]) -> Vec<State> {
        if let (Some(status), Some(seat)) = (&self.status, self.seat) {
            return vec![State { status: status.clone(), seat }];
        }
        let now = |state: &State| State {
            status: self.status.clone().unwrap_or_else(|| state.status.clone()),
            seat: self.seat.unwrap_or(state.seat),
        };
        before.iter().map(now).collect()
    }
}

impl From<State> for Told {
    fn from(State { status, seat }: State) -> Self {
        Self { status: Some(status), seat: Some(seat) }
    }
}

impl State {
    /// Only a reservation ends by itself.
    fn may_be(&self, found: &Self) -> bool {
        let has_expired = self.status == "RESERVED" && found.status == "CANCELLED";
        self.seat == found.seat && (self.status == found.status || has_expired)
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Judgement, State, Step, Told, When};

    fn state(status: &str, seat: usize) -> State {
        State { status: status.to_owned(), seat }
    }

    fn told(status: Option<&str>, seat: Option<usize>) -> Told {
        Told { status: status.map(str::to_owned), seat }
    }

    /// A step each, ten milliseconds apart.
    fn entry(acknowledged: Vec<Told>) -> Entry {
        let step = |(at, acknowledged)| {
            let asked = at as u128 * 10;
            let when = When { asked, answered: asked + 5 };
            Step { acknowledged, unanswered: Vec::new(), when, last: String::new() }
        };
        Entry { route: 0, steps: acknowledged.into_iter().enumerate().map(step).collect() }
    }

    /// Everything that was answered then may be lost.
    fn lost(from: u128, until: u128) -> impl Fn(When) -> bool {
        move |when| (from..until).contains(&when.answered)
    }

    #[test]
    fn only_a_reservation_ends_by_itself() {
        let judged =
            |before, found| entry(vec![state(before, 3).into()]).judged(Some(&found), |_| false);
        assert_eq!(judged("RESERVED", state("CANCELLED", 3)), Judgement::Kept);
        assert_eq!(judged("RESERVED", state("CANCELLED", 4)), Judgement::Wrong);
        assert_eq!(judged("CONFIRMED", state("CANCELLED", 3)), Judgement::Wrong);
        assert_eq!(judged("RESERVED", state("CONFIRMED", 3)), Judgement::Wrong);
    }

    #[test]
    fn only_what_a_failover_may_have_lost_may_be_lost() {
        let states = [("RESERVED", 3), ("CONFIRMED", 3), ("CONFIRMED", 4)];
        let entry = entry(states.map(|(status, seat)| state(status, seat).into()).to_vec());
        let first = state("RESERVED", 3);
        assert_eq!(entry.judged(Some(&first), lost(10, 100)), Judgement::Lost(2));
        assert_eq!(entry.judged(Some(&first), lost(20, 100)), Judgement::Wrong);
        assert_eq!(entry.judged(None, lost(10, 100)), Judgement::Wrong);
        assert_eq!(entry.judged(None, lost(0, 100)), Judgement::Lost(3));
        assert_eq!(entry.judged(Some(&state("CONFIRMED", 4)), lost(0, 100)), Judgement::Kept);
    }

    /// A move is lost, and the answer to the payment that follows does not tell the seat.
    #[test]
    fn what_is_paid_after_a_loss_is_the_ticket_as_it_was_before() {
        let paid = told(Some("CONFIRMED"), None);
        let entry = entry(vec![state("RESERVED", 3).into(), state("RESERVED", 4).into(), paid]);
        for (seat, with_loss) in [(3, Judgement::Kept), (5, Judgement::Wrong)] {
            let found = state("CONFIRMED", seat);
            assert_eq!(entry.judged(Some(&found), lost(10, 20)), with_loss, "seat {seat}");
            assert_eq!(entry.judged(Some(&found), |_| false), Judgement::Wrong, "seat {seat}");
        }
        assert_eq!(entry.judged(Some(&state("CONFIRMED", 4)), |_| false), Judgement::Kept);
    }

    /// So it is if there was no answer.
    #[test]
    fn what_was_not_answered_after_a_loss_may_be_done_to_the_ticket_as_it_was_before() {
        let mut entry = entry(vec![state("RESERVED", 3).into(), state("CONFIRMED", 3).into()]);
        let moved = told(None, Some(4));
        entry.steps.last_mut().unwrap().unanswered.push(moved);
        for (status, with_loss) in [("RESERVED", Judgement::Kept), ("SUSPENDED", Judgement::Wrong)]
        {
            let found = state(status, 4);
            assert_eq!(entry.judged(Some(&found), lost(10, 20)), with_loss, "{status}");
            assert_eq!(entry.judged(Some(&found), |_| false), Judgement::Wrong, "{status}");
        }
        for found in [state("CONFIRMED", 3), state("CONFIRMED", 4)] {
            assert_eq!(entry.judged(Some(&found), |_| false), Judgement::Kept);
        }
    }
}

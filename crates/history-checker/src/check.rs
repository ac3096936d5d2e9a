//! The check itself: it compares the store's order of one route with all answers about it.

mod ticket;

use std::collections::HashMap;

use crate::event::Event;
use crate::history::{History, Operation, Outcome};
use crate::interval::{Order, Placed, disorder};
use crate::register::{Register, Violation};
use ticket::{Done, Found, explained, is_it};

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// None: the store's order is a linearization of what was answered.
    pub violations: Vec<Violation>,
    /// Acknowledged operations that are missing, in a failover that may lose them.
    pub lost: Vec<String>,
    /// Answers that were compared with the order: changes, refusals and maps.
    pub changes: usize,
    pub refusals: usize,
    pub maps: usize,
}

/// `events` are all of the route, the first with `seq` 1.
pub fn check(events: &[Event], history: &History) -> Report {
    let mut report = Report::default();
    let mut register = Register::default();
    let mut maps = HashMap::from([(0, register.taken())]);
    let read = read_at(history);
    for (seq, event) in (1..).zip(events) {
        report.violations.extend(register.apply(event).err());
        if read.contains(&seq) {
            maps.insert(seq, register.taken());
        }
    }
    let mut placed = Places::new(events, history).found(&mut report);
    if let Some((later, earlier)) = disorder(&mut placed) {
        let [one, two] =
            [later, earlier].map(|one| (one.seq, history.operations.get(one.operation)));
        report
            .violations
            .push(Violation(format!("answered before the other was asked: {one:?}; {two:?}")));
    }
    let order = Order::new(&placed);
    for operation in &history.operations {
        // It may have seen a state that was lost.
        if history.may_be_lost(operation.times) {
            continue;
        }
        let between = order.between(operation.times);
        match &operation.outcome {
            Outcome::SeatTaken => {
                report.refusals += 1;
                report.violations.extend(unjustified(operation, &register, between));
            }
            Outcome::Map { seq, taken } => {
                report.maps += 1;
                if !(between.0..=between.1).contains(seq) {
                    let what = format!("a map of another time, not of {between:?}: {operation:?}");
                    report.violations.push(Violation(what));
                } else if maps.get(seq) != Some(taken) {
                    let is = maps.get(seq);
                    report.violations.push(Violation(format!("the map was {is:?}: {operation:?}")));
                }
            }
            Outcome::Done { .. } | Outcome::Unknown => {}
        }
    }
    report
}

fn read_at(history: &History) -> std::collections::HashSet<u64> {
    let seq = |operation: &Operation| match operation.outcome {
        Outcome::Map { seq, .. } => Some(seq),
        _ => None,
    };
    history.operations.iter().filter_map(seq).collect()
}

/// A refusal although all its seats were free all the time between request and answer.
fn unjustified(
    operation: &Operation,
    register: &Register,
    between: (u64, u64),
) -> Option<Violation> {
    let seats = operation.seats();
    if seats.is_empty() {
        return Some(Violation(format!("no seat is asked for: {operation:?}")));
    }
    let was_taken = |seat| register.was_taken(seat, operation.ticket(), between);
    let is_right = seats.into_iter().any(was_taken);
    (!is_right).then(|| Violation(format!("the seat was free in {between:?}: {operation:?}")))
}

/// Whether a refusal was right on this route: for a request for seats of several routes at once,
/// whose refusal is right if it was right on one of them.
pub fn was_right(events: &[Event], history: &History, refused: &Operation) -> bool {
    let mut register = Register::default();
    // The check of the route itself reports impossible events.
    events.iter().for_each(|event| drop(register.apply(event)));
    let placed = Places::new(events, history).found(&mut Report::default());
    let between = Order::new(&placed).between(refused.times);
    unjustified(refused, &register, between).is_none()
}

/// Which event belongs to which operation.
struct Places<'a> {
    history: &'a History,
    /// The events of each ticket, with their `seq`.
    of_ticket: HashMap<&'a str, Vec<(u64, &'a Event)>>,
    /// The operations done on each ticket, in the order of their requests.
    done: HashMap<&'a str, Vec<usize>>,
    /// Operations without an answer.
    unknown: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(events: &'a [Event], history: &'a History) -> Self {
        let mut of_ticket: HashMap<&str, Vec<_>> = HashMap::new();
        for (seq, event) in (1..).zip(events) {
            if let Some(ticket) = &event.ticket {
                of_ticket.entry(ticket).or_default().push((seq, event));
            }
        }
        let mut done: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut unknown = Vec::new();
        for (index, operation) in history.operations.iter().enumerate() {
            match (&operation.outcome, operation.ticket()) {
                (Outcome::Done { .. }, Some(ticket)) => done.entry(ticket).or_default().push(index),
                (Outcome::Unknown, _) => unknown.push(index),
                _ => {}
            }
        }
        for all in done.values_mut() {
            all.sort_by_key(|index| history.operations.get(*index).map(|one| one.times.asked));
        }
        Self { history, of_ticket, done, unknown }
    }

    fn found(mut self, report: &mut Report) -> Vec<Placed> {
        let mut placed = Vec::new();
        let mut unexplained: Vec<(u64, &Event, Option<&Event>)> = Vec::new();
        for (ticket, events) in &self.of_ticket {
            let done = self.done.remove(ticket).unwrap_or_default();
            let of_ticket: Vec<_> = events.iter().map(|(_, event)| *event).collect();
            for found in explained(&self.operations(&done), &of_ticket) {
                match found {
                    Found::Made { is_certain: false, .. } => {}
                    Found::Made { operation, event, .. } => {
                        report.changes += 1;
                        let times = self.history.operations[operation].times;
                        placed.push(Placed { seq: events[event].0, times, operation });
                    }
                    Found::Unexplained { event } => {
                        let before = of_ticket[..event].last().copied();
                        unexplained.push((events[event].0, of_ticket[event], before));
                    }
                    gone => self.gone(gone, report),
                }
            }
        }
        for done in self.done.values() {
            explained(&self.operations(done), &[]).into_iter().for_each(|it| self.gone(it, report));
        }
        let order = Order::new(&placed);
        unexplained.sort_by_key(|(seq, ..)| *seq);
        for (seq, event, before) in unexplained {
            let fits = |index: &usize| {
                let one = &self.history.operations[*index];
                is_it(one, event, before) && order.allows(seq, one.times)
            };
            match self.unknown.iter().position(fits) {
                Some(at) => drop(self.unknown.swap_remove(at)),
                None => report
                    .violations
                    .push(Violation(format!("nobody asked for event {seq}: {event:?}"))),
            }
        }
        placed
    }

    /// Tells of an acknowledged operation that is missing.
    fn gone(&self, found: Found, report: &mut Report) {
        match found {
            Found::Lost { operation } => {
                report.lost.push(format!("{:?}", self.history.operations[operation]));
            }
            Found::Missing { operation } => {
                let operation = &self.history.operations[operation];
                report
                    .violations
                    .push(Violation(format!("acknowledged, and not there: {operation:?}")));
            }
            Found::Made { .. } | Found::Unexplained { .. } => {}
        }
    }

    fn operations(&self, indexes: &[usize]) -> Vec<Done<'a>> {
        let done = |&index: &usize| {
            let operation = &self.history.operations[index];
            let may_be_lost = self.history.may_be_lost(operation.times);
            Done { index, operation, may_be_lost }
        };
        indexes.iter().map(done).collect()
    }
}

#[cfg(test)]
mod tests;

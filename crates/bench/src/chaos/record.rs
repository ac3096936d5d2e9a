//! All requests and answers about seats, route by route, for the check of their order.

use std::cell::RefCell;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use history_checker::{Asked, History, Legs, Operation, Outcome, Times, check};
use serde_json::json;

use super::http::Answer;
use super::truth::Truth;
use super::world::World;
use crate::seat_map::SeatMap;

pub(crate) struct Record(RefCell<Vec<Vec<Operation>>>);

/// What was compared with the store's order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Checked {
    pub(crate) changes: usize,
    pub(crate) refusals: usize,
    pub(crate) maps: usize,
}

impl Record {
    pub(crate) fn of(routes: usize) -> Self {
        Self(RefCell::new(vec![Vec::new(); routes]))
    }

    pub(crate) fn note(&self, route: usize, operation: Operation) {
        if let Some(operations) = self.0.borrow_mut().get_mut(route) {
            operations.push(operation);
        }
    }

    /// Returns what is wrong, and what was lost.
    pub(crate) fn check(&self, world: &World, truths: &[Truth]) -> Checked {
        let micros = |ms: u128| u64::try_from(ms * 1_000).unwrap_or(u64::MAX);
        let losses: Vec<_> =
            world.losses().iter().map(|loss| (micros(loss.from), micros(loss.until + 1))).collect();
        let mut checked = Checked::default();
        for (route, (truth, operations)) in truths.iter().zip(self.0.borrow().iter()).enumerate() {
            let history = History { operations: operations.clone(), losses: losses.clone() };
            let report = check(&truth.events, &history);
            for violation in report.violations {
                world.differs(format!("route {}: {violation}", world.id_of(route)));
            }
            for lost in report.lost {
                world.tally.lost_operations.add(1);
                world.say(&format!("acknowledged and lost: {lost}"));
            }
            checked.changes += report.changes;
            checked.refusals += report.refusals;
            checked.maps += report.maps;
        }
        checked
    }

    /// A line for each operation.
    pub(crate) fn write(&self, world: &World, file: &Path) -> anyhow::Result<()> {
        let mut file = BufWriter::new(std::fs::File::create(file)?);
        for (route, operations) in self.0.borrow().iter().enumerate() {
            for Operation { by, times, asked, outcome } in operations {
                let line = json!({
                    "route": world.id_of(route), "by": by, "askedMicros": times.asked,
                    "answeredMicros": times.answered, "asked": format!("{asked:?}"),
                    "outcome": format!("{outcome:?}"),
                });
                writeln!(file, "{line}")?;
            }
        }
        Ok(file.flush()?)
    }
}

/// An operation on one seat, from its answer; none if the answer does not show the seat.
pub(crate) fn operation(
    by: &str,
    (asked_at, answered_at): (u64, u64),
    asked: Asked,
    answer: Option<&Answer>,
    ticket: Option<&str>,
) -> Option<Operation> {
    let outcome = match answer {
        None => Outcome::Unknown,
        Some(answer) if answer.status < 300 => Outcome::Done { ticket: ticket?.to_owned() },
        Some(answer) if answer.body["code"] == json!("seat_taken") => Outcome::SeatTaken,
        Some(_) => return None,
    };
    let answered = answer.map(|_| answered_at);
    let times = Times { asked: asked_at, answered };
    Some(Operation { by: by.to_owned(), times, asked, outcome })
}

/// A map that was read.
pub(crate) fn reading(
    by: &str,
    (asked, answered): (u64, u64),
    seq: u64,
    map: &SeatMap,
) -> Operation {
    let taken = map.taken().map(|(seat, legs)| (seat, Legs(legs))).collect();
    let times = Times { asked, answered: Some(answered) };
    Operation { by: by.to_owned(), times, asked: Asked::Read, outcome: Outcome::Map { seq, taken } }
}

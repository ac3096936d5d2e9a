//! What somebody asked for, and whether the answer was deserved: a seat only while its sale is open, a
//! refusal only for a reason that was there.
//!
//! A decision is made at some moment between the asking and the answer, so what was so all the time
//! in between must have been seen, and what was never so must not.

use domain::{Account, Refusal, Role};

use crate::cells::Place;
use crate::fault::{Checked, Fault, ensure};
use crate::ledger::Ledger;
use crate::town::{departure, sale_closes};

/// A place that a booking or a move wants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) route: usize,
    pub(crate) place: Place,
}

/// Something that somebody asked for.
#[derive(Debug)]
pub(crate) struct Question {
    /// In a word.
    pub(crate) what: &'static str,
    /// In which step.
    pub(crate) step: u64,
    /// At what time, in milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) actor: Account,
    /// The ticket that it is about, unless it is a new one.
    pub(crate) ticket: Option<u128>,
    pub(crate) wanted: Option<Wanted>,
}

impl Question {
    fn sells(&self) -> bool {
        matches!(self.what, "book" | "sell" | "hold")
    }

    /// An administrator wants a ticket changed, who may at any time.
    pub(crate) fn changes_at_any_time(&self) -> bool {
        !self.sells() && self.actor.role == Role::Admin
    }

    /// A ticket is to be changed or paid by somebody who may only until its bus has left.
    fn has_until_departure(&self) -> bool {
        !self.sells() && self.actor.role != Role::Admin
    }

    /// The route, and the stop where the segment begins, which no change of a ticket moves.
    fn from(&self, ledger: &Ledger) -> Option<(usize, usize)> {
        if let Some(Wanted { route, place }) = self.wanted {
            return Some((route, place.from));
        }
        let sold = ledger.sold().get(&self.ticket?)?;
        Some((sold.route, sold.place.from))
    }

    fn closes_at(&self, ledger: &Ledger) -> Option<i64> {
        self.from(ledger).map(|(route, stop)| sale_closes(self.actor.role, route, stop))
    }

    fn leaves_at(&self, ledger: &Ledger) -> Option<i64> {
        self.from(ledger).map(|(route, stop)| departure(route, stop))
    }

    /// It was done: then it was not too late when it was asked for.
    pub(crate) fn deserved_yes(&self, ledger: &Ledger) -> Checked {
        let over = |at: Option<i64>| at.is_some_and(|at| at <= self.at);
        ensure(!self.sells() || !over(self.closes_at(ledger)), || {
            "sold when the sale had closed".to_owned()
        })?;
        ensure(!self.has_until_departure() || !over(self.leaves_at(ledger)), || {
            "changed or paid when the bus had left".to_owned()
        })
    }

    /// It was refused, and it is `now`.
    pub(crate) fn deserved_no(&self, refusal: &Refusal, now: i64, ledger: &Ledger) -> Checked {
        let is_due = |at: Option<i64>| at.is_some_and(|at| at <= now);
        match refusal {
            Refusal::SeatTaken => {
                let was_closed = self.closes_at(ledger).is_some_and(|at| at <= self.at);
                ensure(!self.sells() || !was_closed, || {
                    "refused as taken, and the sale had closed before".to_owned()
                })?;
                let Some(Wanted { route, place }) = self.wanted else { return Ok(()) };
                ensure(ledger.was_taken_since(route, place, self.step), || {
                    format!("refused, though route {route} {place:?} was free all the time")
                })
            }
            Refusal::RouteInactive => {
                let route = self.from(ledger).map(|(route, _)| route);
                ensure(route.is_none_or(|route| ledger.was_ever(route, false, self.step)), || {
                    "refused as not on sale while it was".to_owned()
                })
            }
            Refusal::TooLate => {
                let may = self.changes_at_any_time();
                ensure(!may && is_due(self.closes_at(ledger)), || {
                    "refused as too late while the sale was open".to_owned()
                })
            }
            Refusal::AfterDeparture => {
                let may = !self.has_until_departure();
                ensure(!may && is_due(self.leaves_at(ledger)), || {
                    "refused as after a departure that has not been".to_owned()
                })
            }
            Refusal::Invalid(errors) => Err(Fault(format!("a good form was refused: {errors}"))),
            Refusal::RouteNotFound
            | Refusal::TicketNotFound
            | Refusal::UserNotFound
            | Refusal::PaymentNotFound
            | Refusal::HoldNotFound
            | Refusal::BlockNotFound
            | Refusal::TooManySeats { .. }
            | Refusal::PnrsExhausted => Err(Fault(format!("refused: {refusal}"))),
            _ => Ok(()),
        }
    }
}

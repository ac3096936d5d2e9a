//! Which operation made which event of one ticket.
//!
//! A failover may have lost any of the operations of its time, and the ticket then goes on from
//! before them: so the first operation that fits an event is not always the one that made it. All
//! ways to explain the events are compared, and the one that leaves the least open is taken.

use crate::event::{Event, Kind};
use crate::history::{Asked, Operation};

/// An operation on a ticket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done<'a> {
    /// Its number among all operations.
    pub(super) index: usize,
    pub(super) operation: &'a Operation,
    /// A failover may have lost it.
    pub(super) may_be_lost: bool,
}

/// What became of one operation or event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This operation made this event. Not certain if a failover may have lost it, and the event
    /// may have another cause.
    Made { operation: usize, event: usize, is_certain: bool },
    /// A failover lost the operation.
    Lost { operation: usize },
    /// The operation is missing.
    Missing { operation: usize },
    /// No operation made this event.
    Unexplained { event: usize },
}

/// How much a way leaves open: what is wrong, then what was lost. Less is better.
type Open = (usize, usize);

/// `done` are all acknowledged operations of the ticket, in the order of their requests; `events`
/// are all its events.
pub(super) fn explained(done: &[Done<'_>], events: &[&Event]) -> Vec<Found> {
    let ways = Ways { done, events };
    let open = ways.open();
    let mut found = Vec::new();
    let (mut next, mut event) = (0, 0);
    while let Some((step, _)) = ways.best((next, event), &open) {
        match step {
            Step::Make => {
                found.push(ways.made(next, event));
                (next, event) = (next + 1, event + 1);
            }
            Step::Skip => {
                found.extend(ways.skipped(next, event));
                next += 1;
            }
            Step::Wait => {
                let by_itself = ways.ends_by_itself(event);
                found.extend((!by_itself).then_some(Found::Unexplained { event }));
                event += 1;
            }
        }
    }
    found
}

/// One step through operations and events.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The next operation made the next event.
    Make,
    /// The next operation made no event.
    Skip,
    /// None of the operations made the next event.
    Wait,
}

struct Ways<'a> {
    done: &'a [Done<'a>],
    events: &'a [&'a Event],
}

impl Ways<'_> {
    /// For each number of operations and of events that are behind: how much the best way from
    /// there leaves open.
    fn open(&self) -> Vec<Vec<Open>> {
        let (operations, events) = (self.done.len(), self.events.len());
        let mut open = vec![vec![(0, 0); events + 1]; operations + 1];
        for next in (0..=operations).rev() {
            for event in (0..=events).rev() {
                if let Some((_, best)) = self.best((next, event), &open) {
                    open[next][event] = best;
                }
            }
        }
        open
    }

    /// `None` at the end of both.
    fn best(&self, (next, event): (usize, usize), open: &[Vec<Open>]) -> Option<(Step, Open)> {
        let more = |(wrong, lost): Open, at: (usize, usize)| {
            let (wrong_later, lost_later) = open[at.0][at.1];
            (wrong + wrong_later, lost + lost_later)
        };
        let (has_operation, has_event) = (next < self.done.len(), event < self.events.len());
        let make = (has_operation && has_event && self.can_make(next, event))
            .then(|| (Step::Make, more((0, 0), (next + 1, event + 1))));
        let skip = has_operation.then(|| {
            let cost = match self.skipped(next, event) {
                None => (0, 0),
                Some(Found::Lost { .. }) => (0, 1),
                Some(_) => (1, 0),
            };
            (Step::Skip, more(cost, (next + 1, event)))
        });
        let wait = has_event.then(|| {
            let cost = (usize::from(!self.ends_by_itself(event)), 0);
            (Step::Wait, more(cost, (next, event + 1)))
        });
        // Of equal ones the first.
        [make, skip, wait].into_iter().flatten().min_by_key(|(_, open)| *open)
    }

    fn before(&self, event: usize) -> Option<&Event> {
        self.events[..event].last().copied()
    }

    fn can_make(&self, next: usize, event: usize) -> bool {
        is_it(self.done[next].operation, self.events[event], self.before(event))
    }

    fn ends_by_itself(&self, event: usize) -> bool {
        ends_by_itself(self.events[event], self.before(event))
    }

    fn made(&self, next: usize, event: usize) -> Found {
        let Done { index, may_be_lost, operation } = self.done[next];
        // A cancellation may have been lost, and its ticket may have run out later; or a payment's
        // end was lost, and the servers asked the provider again (a confirmation by hand looks the
        // same here); or a later operation of the same kind made the event.
        let has_other_cause = || {
            self.ends_by_itself(event)
                || matches!(operation.asked, Asked::Confirm { .. })
                || (next + 1..self.done.len()).any(|later| self.can_make(later, event))
        };
        Found::Made { operation: index, event, is_certain: !may_be_lost || !has_other_cause() }
    }

    /// An operation that made no event; `None`: it makes none.
    fn skipped(&self, next: usize, event: usize) -> Option<Found> {
        let Done { index: operation, operation: asked, may_be_lost } = self.done[next];
        match (is_silent(asked, self.before(event)), may_be_lost) {
            (true, _) => None,
            (false, true) => Some(Found::Lost { operation }),
            (false, false) => Some(Found::Missing { operation }),
        }
    }
}

/// Whether an event can be the effect of this operation; `before` is the ticket's event before it.
pub(super) fn is_it(operation: &Operation, event: &Event, before: Option<&Event>) -> bool {
    let takes = takes_a_seat(event);
    let is_ticket = |ticket: &str| event.ticket.as_deref() == Some(ticket) && before.is_some();
    match &operation.asked {
        Asked::Book { seat, legs } => {
            before.is_none() && takes && (event.seat, event.legs) == (*seat, *legs)
        }
        Asked::Move { ticket, seat, .. } => {
            is_ticket(ticket) && takes && event.seat == *seat && !is_silent(operation, before)
        }
        Asked::Confirm { ticket, .. } => is_ticket(ticket) && event.kind == Kind::Confirmed,
        Asked::Suspend { ticket } => is_ticket(ticket) && event.kind == Kind::Suspended,
        Asked::Cancel { ticket } => is_ticket(ticket) && event.kind == Kind::Cancelled,
        Asked::BookTogether { .. } | Asked::Read => false,
    }
}

/// Whether it makes no event: a suspended ticket holds no seat, so a change of its seat makes none,
/// and neither does a change to the seat that the ticket holds.
fn is_silent(operation: &Operation, before: Option<&Event>) -> bool {
    let Asked::Move { seat, .. } = operation.asked else { return false };
    before.is_some_and(|before| {
        before.kind == Kind::Suspended || (takes_a_seat(before) && before.seat == seat)
    })
}

fn takes_a_seat(event: &Event) -> bool {
    matches!(event.kind, Kind::Reserved | Kind::Confirmed)
}

/// A reservation that is not paid ends when its time is over.
fn ends_by_itself(event: &Event, before: Option<&Event>) -> bool {
    event.kind == Kind::Available
        || (event.kind == Kind::Cancelled
            && before.is_some_and(|before| before.kind == Kind::Reserved))
}

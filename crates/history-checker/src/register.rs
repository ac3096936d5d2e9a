//! The seats of one route as registers: for each leg of each seat, which ticket holds it.
//!
//! It gets the events in the store's order. An impossible event is a violation.

use std::collections::HashMap;
use std::fmt;

use crate::event::{Event, Kind};
use crate::legs::Legs;

/// What is wrong with a history, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(pub String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Legs of a seat that a ticket held, from after one event up to another.
#[derive(Clone, Debug)]
pub(crate) struct Hold {
    pub(crate) seat: usize,
    pub(crate) legs: Legs,
    pub(crate) ticket: Option<String>,
    /// The `seq` that took them.
    pub(crate) from: u64,
    /// The `seq` that gave them back; `None`: they are still held.
    pub(crate) until: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Register {
    seq: u64,
    /// All holds that each seat ever had.
    holds: HashMap<usize, Vec<Hold>>,
}

impl Register {
    /// Applies the next event.
    pub(crate) fn apply(&mut self, event: &Event) -> Result<(), Violation> {
        self.seq += 1;
        match event.kind {
            Kind::Reserved | Kind::Confirmed => self.take(event),
            Kind::Suspended => match self.give_back(event) {
                true => Ok(()),
                false => Err(self.impossible(event, "the ticket does not hold it")),
            },
            // A suspended ticket holds no legs any more: then none are given back.
            Kind::Cancelled => {
                self.give_back(event);
                Ok(())
            }
            Kind::Available => self.free(event),
        }
    }

    fn take(&mut self, event: &Event) -> Result<(), Violation> {
        let is_own = |hold: &&Hold| hold.ticket == event.ticket && hold.legs == event.legs;
        if self.held(event.seat).any(|hold| is_own(&hold)) {
            return Ok(());
        }
        let other = self.held(event.seat).find(|hold| hold.legs.overlaps(event.legs));
        if let Some(other) = other {
            let who = format!("{:?} holds it since {}", other.ticket, other.from);
            return Err(self.impossible(event, &who));
        }
        let Event { seat, legs, ref ticket, .. } = *event;
        let hold = Hold { seat, legs, ticket: ticket.clone(), from: self.seq, until: None };
        self.holds.entry(seat).or_default().push(hold);
        Ok(())
    }

    /// False if the ticket did not hold them.
    fn give_back(&mut self, event: &Event) -> bool {
        let own = |hold: &Hold| hold.ticket == event.ticket && hold.legs == event.legs;
        self.end(event.seat, own)
    }

    /// The ticket that held exactly these legs has moved or released them; or they were given back
    /// already.
    fn free(&mut self, event: &Event) -> Result<(), Violation> {
        if self.end(event.seat, |hold| hold.legs == event.legs) {
            return Ok(());
        }
        let other = self.held(event.seat).find(|hold| hold.legs.overlaps(event.legs));
        match other.map(|hold| format!("{:?} holds it since {}", hold.ticket, hold.from)) {
            Some(who) => Err(self.impossible(event, &who)),
            None => Ok(()),
        }
    }

    fn end(&mut self, seat: usize, is_it: impl Fn(&Hold) -> bool) -> bool {
        let held = self.holds.entry(seat).or_default();
        let Some(hold) = held.iter_mut().find(|hold| hold.until.is_none() && is_it(hold)) else {
            return false;
        };
        hold.until = Some(self.seq);
        true
    }

    fn held(&self, seat: usize) -> impl Iterator<Item = &Hold> {
        self.holds.get(&seat).into_iter().flatten().filter(|hold| hold.until.is_none())
    }

    fn impossible(&self, event: &Event, why: &str) -> Violation {
        Violation(format!("event {} is not possible, {why}: {event:?}", self.seq))
    }

    /// The taken legs of each seat after the newest event; seats that are fully free are left out.
    pub(crate) fn taken(&self) -> HashMap<usize, Legs> {
        let mut taken = HashMap::new();
        for hold in self.holds.values().flatten().filter(|hold| hold.until.is_none()) {
            taken.entry(hold.seat).or_insert(Legs(0)).0 |= hold.legs.0;
        }
        taken
    }

    /// Whether another ticket than this held any of these legs at some moment after `from`, up to
    /// `until`.
    pub(crate) fn was_taken(
        &self,
        (seat, legs): (usize, Legs),
        but_by: Option<&str>,
        (from, until): (u64, u64),
    ) -> bool {
        self.holds.get(&seat).into_iter().flatten().any(|hold| {
            let is_other = hold.ticket.is_none() || hold.ticket.as_deref() != but_by;
            let is_then = hold.from <= until && hold.until.is_none_or(|end| end > from);
            is_other && is_then && hold.legs.overlaps(legs)
        })
    }
}

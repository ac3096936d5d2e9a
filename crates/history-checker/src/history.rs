//! What the drivers of a run record of one route: every operation with its times and its answer.

use std::collections::HashMap;

use crate::legs::Legs;

/// The request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A seat, for a new ticket.
    Book {
        seat: usize,
        legs: Legs,
    },
    /// Several seats in one booking, all or none. Only its refusal is recorded like this; a success
    /// is an [`Asked::Book`] for each ticket.
    BookTogether {
        seats: Vec<(usize, Legs)>,
    },
    /// Another seat for a ticket.
    Move {
        ticket: String,
        seat: usize,
        legs: Legs,
    },
    /// By hand or by a payment. A suspended ticket needs its seat again.
    Confirm {
        ticket: String,
        seat: usize,
        legs: Legs,
    },
    Suspend {
        ticket: String,
    },
    Cancel {
        ticket: String,
    },
    /// A read of the seats.
    Read,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; for a booking: the ticket.
    Done { ticket: String },
    /// Refused because the seat is taken.
    SeatTaken,
    /// The map of a moment: the taken legs of each seat that is not free.
    Map { seq: u64, taken: HashMap<usize, Legs> },
    /// There was no answer: it is unknown whether it was done.
    Unknown,
}

/// By one clock for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub asked: u64,
    /// Without an answer it may still happen.
    pub answered: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The client and the server: for the report of a violation.
    pub by: String,
    pub times: Times,
    pub asked: Asked,
    pub outcome: Outcome,
}

/// All requests about one route.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub operations: Vec<Operation>,
    /// Times of failovers that may have lost what was acknowledged: from, until.
    pub losses: Vec<(u64, u64)>,
}

impl History {
    /// Whether a failover may have lost it, or it may have seen a state that was lost.
    pub(crate) fn may_be_lost(&self, times: Times) -> bool {
        let answered = times.answered.unwrap_or(u64::MAX);
        self.losses.iter().any(|(from, until)| times.asked <= *until && answered >= *from)
    }
}

impl Operation {
    /// The seats that it needs, all of them; none, if it needs none.
    pub(crate) fn seats(&self) -> Vec<(usize, Legs)> {
        match &self.asked {
            Asked::Book { seat, legs }
            | Asked::Move { seat, legs, .. }
            | Asked::Confirm { seat, legs, .. } => vec![(*seat, *legs)],
            Asked::BookTogether { seats } => seats.clone(),
            Asked::Suspend { .. } | Asked::Cancel { .. } | Asked::Read => Vec::new(),
        }
    }

    pub(crate) fn ticket(&self) -> Option<&str> {
        match (&self.asked, &self.outcome) {
            (Asked::Book { .. }, Outcome::Done { ticket }) => Some(ticket),
            (
                Asked::Move { ticket, .. }
                | Asked::Confirm { ticket, .. }
                | Asked::Suspend { ticket }
                | Asked::Cancel { ticket },
                _,
            ) => Some(ticket),
            (Asked::Book { .. } | Asked::BookTogether { .. } | Asked::Read, _) => None,
        }
    }
}

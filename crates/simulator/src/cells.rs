//! A seat map by cells, one per seat and leg, as viewers and the auditor keep it.
//!
//! The fold of the contract's event table, written again for this crate.

use std::fmt;

use domain::{EventKind, Gender, TicketStatus};

use crate::town::{LEGS, SEATS};

const FREE: u8 = b'.';

/// One byte per leg of each seat: free, or how it is taken and by whom.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Cells([u8; SEATS * LEGS]);

/// A run of legs of one seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) seat: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl Place {
    /// The index of each leg's cell.
    pub(crate) fn cells(self) -> std::ops::Range<usize> {
        let seat = (self.seat - 1) * LEGS;
        seat + self.from..seat + self.to
    }

    /// Whether a bus of this town has it.
    pub(crate) fn exists(self) -> bool {
        (1..=SEATS).contains(&self.seat) && self.from < self.to && self.to <= LEGS
    }
}

impl Cells {
    pub(crate) fn empty() -> Self {
        Self([FREE; SEATS * LEGS])
    }

    pub(crate) fn occupy(&mut self, place: Place, status: TicketStatus, gender: Gender) {
        let letter = match gender {
            Gender::Female => b'f',
            Gender::Male => b'm',
            Gender::Other => b'o',
        };
        let taken =
            if status == TicketStatus::Reserved { letter } else { letter.to_ascii_uppercase() };
        self.0[place.cells()].fill(taken);
    }

    pub(crate) fn apply(&mut self, kind: EventKind, place: Place, gender: Gender) {
        match kind {
            EventKind::Reserved => self.occupy(place, TicketStatus::Reserved, gender),
            EventKind::Confirmed => self.occupy(place, TicketStatus::Confirmed, gender),
            EventKind::Suspended | EventKind::Available => self.0[place.cells()].fill(FREE),
            EventKind::Cancelled => {}
        }
    }
}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, seat) in self.0.chunks(LEGS).enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}", String::from_utf8_lossy(seat))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_one_seat_change_its_legs_alone() {
        let mut cells = Cells::empty();
        let place = Place { seat: 2, from: 1, to: 3 };
        cells.apply(EventKind::Reserved, place, Gender::Female);
        assert!(format!("{cells:?}").starts_with("... .ff ... ..."));
        cells.apply(EventKind::Cancelled, place, Gender::Female);
        cells.apply(EventKind::Confirmed, Place { from: 0, to: 1, ..place }, Gender::Male);
        assert!(format!("{cells:?}").starts_with("... Mff ... ..."));
        cells.apply(EventKind::Available, place, Gender::Female);
        assert!(format!("{cells:?}").starts_with("... M.. ... ..."));
    }
}

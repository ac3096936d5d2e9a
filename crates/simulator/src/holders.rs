//! Which holder has which leg of a route's seats, as the auditor keeps it.

use crate::cells::Place;
use crate::fault::{Checked, ensure};
use crate::town::{LEGS, SEATS};

#[derive(Debug)]
pub(crate) struct Holders {
    holders: [Option<u128>; SEATS * LEGS],
    /// The step in which a leg was last taken or freed.
    touched_in: [Option<u64>; SEATS * LEGS],
}

impl Holders {
    pub(crate) fn nobody() -> Self {
        Self { holders: [None; SEATS * LEGS], touched_in: [None; SEATS * LEGS] }
    }

    pub(crate) fn is_held(&self, place: Place) -> bool {
        self.holders[place.cells()].iter().any(Option::is_some)
    }

    /// Whether this holder has all of it.
    pub(crate) fn is_held_by(&self, place: Place, id: u128) -> bool {
        self.holders[place.cells()].iter().all(|holder| *holder == Some(id))
    }

    /// Whether a leg of it was held at any time since that step.
    pub(crate) fn was_held_since(&self, place: Place, step: u64) -> bool {
        place.cells().any(|cell| {
            self.holders[cell].is_some() || self.touched_in[cell].is_some_and(|seen| seen >= step)
        })
    }

    /// Seat, leg and holder, in this order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, usize, u128)> {
        let cells = self.holders.iter().enumerate();
        cells.filter_map(|(cell, holder)| Some((cell / LEGS + 1, cell % LEGS, (*holder)?)))
    }

    pub(crate) fn take(&mut self, place: Place, id: u128, step: u64) -> Checked {
        ensure(!self.is_held(place), || "sold twice".to_owned())?;
        self.set(place, Some(id), step);
        Ok(())
    }

    pub(crate) fn release(&mut self, place: Place, id: u128, step: u64) -> Checked {
        ensure(self.is_held_by(place, id), || "it frees what it does not hold".to_owned())?;
        self.set(place, None, step);
        Ok(())
    }

    fn set(&mut self, place: Place, holder: Option<u128>, step: u64) {
        self.holders[place.cells()].fill(holder);
        self.touched_in[place.cells()].fill(Some(step));
    }
}

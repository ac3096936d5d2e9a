//! How a bus is drawn: one grid of cells for each deck, each cell a seat or something between
//! seats.
//!
//! A grid always has all of its cells, row by row from the front, so that it can be drawn by order
//! alone. A layout that is still being drawn may have seats without a number. A bus may use it only
//! when its seats are numbered `1..=seatCount`, each exactly once: else a seat that is not on the
//! map would be sold, and no one would see it.

pub mod generated;
mod grid;
pub mod stored_text;

use jiff::Timestamp;

use crate::LayoutId;
use crate::field::{FieldErrors, name};
use crate::seat::{SEATS_MAX, SeatNumber};

pub use grid::{Cell, CellKind, Grid, GridError, LAYOUT_COLS_MAX, LAYOUT_ROWS_MAX};

/// Cells of all decks together. The JSON of this many fits into one request.
pub const LAYOUT_CELLS_MAX: usize = 720;

/// The most decks above the lower one.
pub const UPPER_DECKS_MAX: usize = 1;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The only one that a frontend without decks shows.
    pub lower: Grid,
    pub upper: Vec<Grid>,
}

/// A layout with a name, kept for any number of buses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatLayout {
    pub id: LayoutId,
    /// Unique, however it is spelled.
    pub name: String,
    pub layout: Layout,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A partial change of a [`SeatLayout`]; `None` leaves a part alone.
#[derive(Clone, Debug, Default)]
pub struct SeatLayoutPatch {
    pub name: Option<String>,
    pub lower: Option<Grid>,
    pub upper: Option<Vec<Grid>>,
}

impl Layout {
    /// The lower one first.
    pub fn decks(&self) -> impl Iterator<Item = &Grid> {
        std::iter::once(&self.lower).chain(&self.upper)
    }

    fn seats(&self) -> impl Iterator<Item = Option<SeatNumber>> {
        self.decks().flat_map(Grid::cells).filter_map(|(_, _, cell)| match cell {
            Cell::Seat(number) => Some(number),
            _ => None,
        })
    }

    /// Checks a layout that is being drawn: no number stands on two seats.
    pub fn validate(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if self.upper.len() > UPPER_DECKS_MAX {
            errors.push("/decks", format!("must have at most {UPPER_DECKS_MAX} entry"));
        }
        if self.decks().map(Grid::cell_count).sum::<usize>() > LAYOUT_CELLS_MAX {
            errors.push("/seats", format!("a layout has at most {LAYOUT_CELLS_MAX} cells"));
        }
        let mut numbered = [false; SEATS_MAX as usize + 1];
        for (deck, grid) in self.decks().enumerate() {
            for (index, (_, _, cell)) in grid.cells().enumerate() {
                let Cell::Seat(Some(number)) = cell else { continue };
                if std::mem::replace(&mut numbered[usize::from(number.get())], true) {
                    let at = match deck.checked_sub(1) {
                        None => format!("/seats/{index}/seatNo"),
                        Some(upper) => format!("/decks/{upper}/seats/{index}/seatNo"),
                    };
                    errors.push(at, "stands twice on the map");
                }
            }
        }
        errors.into_result()
    }

    /// How many seats a bus with this layout has, or why no bus can have it.
    pub fn usable_seats(&self) -> Result<u16, Unusable> {
        let mut numbered = [false; SEATS_MAX as usize + 1];
        let mut count: u16 = 0;
        for seat in self.seats() {
            let number = seat.ok_or(Unusable::NotNumbered)?;
            if std::mem::replace(&mut numbered[usize::from(number.get())], true) {
                return Err(Unusable::Twice(number));
            }
            // No more than there are numbers: each of them once.
            count += 1;
        }
        match SeatNumber::all(count).find(|seat| !numbered[usize::from(seat.get())]) {
            Some(missing) => Err(Unusable::Missing(missing)),
            None if count == 0 => Err(Unusable::Empty),
            None => Ok(count),
        }
    }
}

/// Why no bus can have a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("not every seat on it has a number yet")]
    NotNumbered,
    #[error("seat {0} stands twice on it")]
    Twice(SeatNumber),
    #[error("seat {0} is missing on it: seats are numbered from 1 without a gap")]
    Missing(SeatNumber),
    #[error("there is no seat on it")]
    Empty,
}

impl SeatLayout {
    /// Brings the name into its stored form, or returns all faults.
    pub fn validate(mut self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        if let Some(name) = errors.check("/name", name(&self.name)) {
            self.name = name;
        }
        if let Err(layout) = self.layout.validate() {
            errors.extend(&layout);
        }
        errors.into_result().map(|()| self)
    }
}

impl SeatLayoutPatch {
    /// What the layout becomes, still to be checked by [`SeatLayout::validate`].
    pub fn over(self, old: &SeatLayout, now: Timestamp) -> SeatLayout {
        let SeatLayout { id, name, layout, created_at, updated_at: _ } = old.clone();
        SeatLayout {
            id,
            name: self.name.unwrap_or(name),
            layout: Layout {
                lower: self.lower.unwrap_or(layout.lower),
                upper: self.upper.unwrap_or(layout.upper),
            },
            created_at,
            updated_at: now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> Layout {
        text.parse().unwrap()
    }

    #[test]
    fn a_layout_is_usable_when_every_seat_has_its_number() {
        for (text, usable) in [
            ("W . D/1 _ 2", Ok(2)),
            ("W . D/2 _ 1//3 4", Ok(4)),
            ("1 ?", Err(Unusable::NotNumbered)),
            ("1 3", Err(Unusable::Missing(SeatNumber::new(2).unwrap()))),
            ("1 2//2 3", Err(Unusable::Twice(SeatNumber::new(2).unwrap()))),
            ("W D", Err(Unusable::Empty)),
        ] {
            assert_eq!(layout(text).usable_seats(), usable, "{text}");
        }
    }

    #[test]
    fn a_number_stands_once_on_all_decks() {
        let pointers = |text| {
            let errors = layout(text).validate().err().unwrap_or_default();
            errors.iter().map(|error| error.pointer.clone()).collect::<Vec<_>>()
        };
        assert!(pointers("? ?/5 7").is_empty(), "unnumbered seats and gaps may be kept");
        assert_eq!(pointers("1 1/1 ."), ["/seats/1/seatNo", "/seats/2/seatNo"]);
        assert_eq!(pointers("1 2//2 3"), ["/decks/0/seats/0/seatNo"]);
        assert_eq!(pointers("1//2//3"), ["/decks"]);
    }
}

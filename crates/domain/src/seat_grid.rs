//! Where the seats of a bus are, and which of them are beside each other.
//!
//! Two seats are beside each other when they stand in one row of one deck with nothing between
//! them: no corridor, no door, no gap. A run of such seats is a *bench*.
//!
//! It is a small view of a [`Layout`] and knows nothing of who sits where.

use crate::seat::SEATS_MAX;
use crate::{Cell, Layout, SeatNumber};

/// A seat and its place; rows count from the front, columns from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeatPlace {
    pub deck: u8,
    pub row: u8,
    pub column: u8,
    pub seat: SeatNumber,
}

/// What a traveller calls the kind of a seat, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeatKind {
    /// Outermost on its deck.
    Window,
    /// At the end of a bench.
    Aisle,
    Middle,
}

/// The seats of a bus from the front to the back, each row from the left, deck by deck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatGrid {
    places: Vec<SeatPlace>,
    /// By seat number: where it stands in `places`.
    index: Vec<Option<u8>>,
}

impl SeatGrid {
    pub fn of(layout: &Layout) -> Self {
        let decks = (0..).zip(layout.decks());
        let cells = decks.flat_map(|(deck, grid)| {
            grid.cells().map(move |(row, col, cell)| (deck, row, col, cell))
        });
        Self::new(cells.filter_map(|(deck, row, column, cell)| match cell {
            Cell::Seat(Some(seat)) => Some(SeatPlace { deck, row, column, seat }),
            _ => None,
        }))
    }

    /// Of two places with one number the first one counts: a layout that a bus has holds none.
    pub fn new(places: impl IntoIterator<Item = SeatPlace>) -> Self {
        let mut places: Vec<_> = places.into_iter().collect();
        places.sort_unstable();
        let mut index = vec![None; usize::from(SEATS_MAX) + 1];
        places.retain(|place| {
            let seen = &mut index[usize::from(place.seat.get())];
            seen.replace(0).is_none()
        });
        for (at, place) in (0..).zip(&places) {
            index[usize::from(place.seat.get())] = Some(at);
        }
        Self { places, index }
    }

    pub fn places(&self) -> &[SeatPlace] {
        &self.places
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Where a seat stands in [`SeatGrid::places`].
    pub fn position(&self, seat: SeatNumber) -> Option<usize> {
        self.index.get(usize::from(seat.get())).copied().flatten().map(usize::from)
    }

    /// Whether the seat at this position has the one before it beside it.
    pub fn is_beside_previous(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|before| self.places.get(before)) else {
            return false;
        };
        self.places.get(at).is_some_and(|place| {
            (place.deck, place.row) == (before.deck, before.row)
                && place.column == before.column + 1
        })
    }

    /// The positions beside this one: at most one on each side.
    pub fn beside(&self, at: usize) -> impl Iterator<Item = usize> + use<> {
        let left = self.is_beside_previous(at).then(|| at.wrapping_sub(1));
        let right = self.is_beside_previous(at + 1).then_some(at + 1);
        left.into_iter().chain(right)
    }

    pub fn kind(&self, at: usize) -> SeatKind {
        let place = self.places[at];
        let on_deck = self.places.iter().filter(|other| other.deck == place.deck);
        let columns = on_deck.map(|other| other.column);
        // Of the deck, not of the row: where a door takes the place of the seats on one side, the
        // last seat of that row is at the corridor.
        let is_outermost =
            columns.clone().min() == Some(place.column) || columns.max() == Some(place.column);
        if is_outermost {
            SeatKind::Window
        } else if self.beside(at).count() < 2 {
            SeatKind::Aisle
        } else {
            SeatKind::Middle
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LayoutType;

    fn beside(grid: &SeatGrid, seat: u16) -> Vec<u16> {
        let at = grid.position(SeatNumber::new(seat).unwrap()).unwrap();
        grid.beside(at).map(|at| grid.places()[at].seat.get()).collect()
    }

    #[test]
    fn a_corridor_and_the_end_of_a_row_separate() {
        let grid = SeatGrid::of(&Layout::generate(LayoutType::TwoOne, 6));
        assert_eq!(
            [1, 2, 3, 4].map(|seat| beside(&grid, seat)),
            [vec![2], vec![1], vec![], vec![5]]
        );
        let grid = SeatGrid::of(&Layout::generate(LayoutType::TwoTwo, 8));
        assert_eq!(
            [2, 3, 4, 5].map(|seat| beside(&grid, seat)),
            [vec![1], vec![4], vec![3], vec![6]]
        );
    }

    #[test]
    fn a_bench_across_the_back_and_another_deck() {
        let place = |deck, row, column, seat| SeatPlace {
            deck,
            row,
            column,
            seat: SeatNumber::new(seat).unwrap(),
        };
        let grid = SeatGrid::new([
            place(1, 0, 0, 5),
            place(0, 0, 0, 1),
            place(0, 0, 1, 2),
            place(0, 0, 2, 3),
            place(0, 1, 0, 4),
        ]);
        assert_eq!(beside(&grid, 2), [1, 3]);
        assert_eq!(beside(&grid, 4), [0u16; 0], "the row in front is not beside");
        assert_eq!(beside(&grid, 5), [0u16; 0], "nor is the same place one deck below");
        let kinds: Vec<_> = (0..5).map(|at| grid.kind(at)).collect();
        use SeatKind::{Middle, Window};
        assert_eq!(kinds, [Window, Middle, Window, Window, Window]);
    }

    #[test]
    fn a_seat_at_a_door_is_no_window() {
        let grid = SeatGrid::of(&Layout::generate(LayoutType::TwoTwo, 40));
        let kind = |seat| grid.kind(grid.position(SeatNumber::new(seat).unwrap()).unwrap());
        use SeatKind::{Aisle, Window};
        assert_eq!([1, 2, 3, 4].map(kind), [Window, Aisle, Aisle, Window]);
        // The middle door is on the right of the sixth row.
        assert_eq!([20, 21, 22, 23].map(kind), [Window, Window, Aisle, Window]);
    }
}

//! The usual coach, for a bus of which only the number of seats is known.

use super::Layout;
use super::grid::{Cell, Grid};
use crate::SeatNumber;

/// Seats left and right of the corridor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LayoutType {
    #[default]
    TwoOne,
    TwoTwo,
    OneTwo,
}

impl LayoutType {
    pub const ALL: [Self; 3] = [Self::TwoOne, Self::TwoTwo, Self::OneTwo];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TwoOne => "LAYOUT_2_1",
            Self::TwoTwo => "LAYOUT_2_2",
            Self::OneTwo => "LAYOUT_1_2",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.as_str() == text)
    }

    const fn left_right(self) -> (u8, u8) {
        match self {
            Self::TwoOne => (2, 1),
            Self::TwoTwo => (2, 2),
            Self::OneTwo => (1, 2),
        }
    }
}

/// Coaches from this many seats on have a second door in the middle, as on the road.
const MIDDLE_DOOR_SEATS_MIN: u16 = 30;

impl Layout {
    /// Driver front left, door front right, a corridor all the way, for long ones a door in the
    /// middle of the right side. Seats are numbered row by row from the front left.
    pub fn generate(layout_type: LayoutType, seat_count: u16) -> Self {
        let (left, right) = layout_type.left_right();
        let columns = left + 1 + right;
        let at_front = |col| match col {
            0 => Cell::Driver,
            _ if col == left => Cell::Corridor,
            _ if col + 1 == columns => Cell::Door,
            _ => Cell::Empty,
        };
        let mut cells: Vec<Cell> = (0..columns).map(at_front).collect();
        let seats_in_row = u16::from(left + right);
        let middle_row =
            (seat_count >= MIDDLE_DOOR_SEATS_MIN).then(|| seat_count / seats_in_row / 2 + 1);

        let mut numbers = SeatNumber::all(seat_count).peekable();
        let mut row = 0;
        while numbers.peek().is_some() {
            row += 1;
            for col in 0..columns {
                cells.push(if col == left {
                    Cell::Corridor
                } else if col > left && Some(row) == middle_row {
                    // One door, however wide the gap that it leaves.
                    if col + 1 == columns { Cell::Door } else { Cell::Empty }
                } else {
                    numbers.next().map_or(Cell::Empty, |number| Cell::Seat(Some(number)))
                });
            }
        }
        // At most SEATS_MAX seats, three or four to a row, a row for the driver and half of one for
        // a door: inside the bounds.
        let lower = Grid::of_whole_rows(columns, cells);
        Self { lower, upper: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::CellKind;
    use crate::seat::SEATS_MAX;

    #[test]
    fn every_generated_layout_can_be_used() {
        for layout_type in LayoutType::ALL {
            for seat_count in 1..=SEATS_MAX {
                let layout = Layout::generate(layout_type, seat_count);
                assert_eq!(layout.usable_seats(), Ok(seat_count), "{layout_type:?}");
                let grid = &layout.lower;
                let again = Grid::new(
                    grid.row_count(),
                    grid.col_count(),
                    grid.cells().map(|(_, _, cell)| cell).collect(),
                );
                assert_eq!(again.as_ref(), Ok(grid), "inside the bounds");
                let kinds = |kind| grid.cells().filter(|(_, _, cell)| cell.kind() == kind).count();
                assert_eq!(kinds(CellKind::Driver), 1);
                let doors = if seat_count >= MIDDLE_DOOR_SEATS_MIN { 2 } else { 1 };
                assert_eq!(kinds(CellKind::Door), doors, "{layout_type:?} {seat_count}");
            }
        }
    }

    #[test]
    fn two_plus_one_has_the_pair_on_the_left() {
        let layout = Layout::generate(LayoutType::TwoOne, 4);
        assert_eq!(layout.to_string(), "W . _ D/1 2 _ 3/4 . _ .");
        assert_eq!(Layout::generate(LayoutType::OneTwo, 3).to_string(), "W _ . D/1 _ 2 3");
    }
}

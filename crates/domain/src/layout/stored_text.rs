//! A layout as stores keep it: `W . _ D/1 2 _ 3`, one word for each cell, a stroke between rows and
//! two between decks.
//!
//! Every read of a bus reads its layout, and this is some two hundred bytes where the JSON is four
//! thousand.

use std::fmt;
use std::str::FromStr;

use super::Layout;
use super::grid::{Cell, Grid};
use crate::SeatNumber;

const DECK_END: &str = "//";
const ROW_END: char = '/';
const CELL_END: char = ' ';

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seat(Some(number)) => number.fmt(f),
            Self::Seat(None) => f.write_str("?"),
            Self::Corridor => f.write_str("_"),
            Self::Door => f.write_str("D"),
            Self::Driver => f.write_str("W"),
            Self::Empty => f.write_str("."),
        }
    }
}

fn cell(word: &str) -> Option<Cell> {
    Some(match word {
        "?" => Cell::Seat(None),
        "_" => Cell::Corridor,
        "D" => Cell::Door,
        "W" => Cell::Driver,
        "." => Cell::Empty,
        number => Cell::Seat(Some(SeatNumber::new(number.parse().ok()?)?)),
    })
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (row, col, cell) in self.cells() {
            match (row, col) {
                (0, 0) => {}
                (_, 0) => write!(f, "{ROW_END}")?,
                _ => write!(f, "{CELL_END}")?,
            }
            cell.fmt(f)?;
        }
        Ok(())
    }
}

fn grid(text: &str) -> Option<Grid> {
    let rows = text.split(ROW_END);
    let mut cells = Vec::new();
    let (mut row_count, mut col_count) = (0_usize, None);
    for row in rows {
        let before = cells.len();
        for word in row.split(CELL_END) {
            cells.push(cell(word)?);
        }
        let cols = cells.len() - before;
        if *col_count.get_or_insert(cols) != cols {
            return None;
        }
        row_count += 1;
    }
    Grid::new(u8::try_from(row_count).ok()?, u8::try_from(col_count?).ok()?, cells).ok()
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lower.fmt(f)?;
        self.upper.iter().try_for_each(|grid| write!(f, "{DECK_END}{grid}"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no stored layout")]
pub struct BadLayoutText;

impl FromStr for Layout {
    type Err = BadLayoutText;

    fn from_str(text: &str) -> Result<Self, BadLayoutText> {
        let mut grids = text.split(DECK_END).map(grid);
        let lower = grids.next().flatten().ok_or(BadLayoutText)?;
        let upper = grids.collect::<Option<_>>().ok_or(BadLayoutText)?;
        Ok(Self { lower, upper })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_layout_is_refused() {
        for text in ["", "/", "1 2/3", "0", "101", "x", "1  2", "1 2/", "1//", "{}"] {
            assert_eq!(text.parse::<Layout>(), Err(BadLayoutText), "{text:?}");
        }
    }

    fn any_cell() -> impl Strategy<Value = Cell> {
        prop_oneof![
            (0..=100_u16).prop_map(|number| Cell::Seat(SeatNumber::new(number))),
            Just(Cell::Corridor),
            Just(Cell::Door),
            Just(Cell::Driver),
            Just(Cell::Empty),
        ]
    }

    fn any_grid() -> impl Strategy<Value = Grid> {
        (1..8_u8, 1..6_u8).prop_flat_map(|(rows, cols)| {
            let cells = usize::from(rows) * usize::from(cols);
            proptest::collection::vec(any_cell(), cells)
                .prop_map(move |cells| Grid::new(rows, cols, cells).unwrap())
        })
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read(lower in any_grid(), upper in proptest::collection::vec(any_grid(), 0..3)) {
            let layout = Layout { lower, upper };
            prop_assert_eq!(layout.to_string().parse(), Ok(layout));
        }
    }
}

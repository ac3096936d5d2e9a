//! One deck: a rectangle that always has all of its cells.

use crate::SeatNumber;

pub const LAYOUT_ROWS_MAX: u8 = 60;
pub const LAYOUT_COLS_MAX: u8 = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Without a number while the layout is being drawn.
    Seat(Option<SeatNumber>),
    Corridor,
    Door,
    Driver,
    Empty,
}

/// A cell without its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    Seat,
    Corridor,
    Door,
    Driver,
    Empty,
}

impl CellKind {
    pub const ALL: [Self; 5] = [Self::Seat, Self::Corridor, Self::Door, Self::Driver, Self::Empty];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seat => "SEAT",
            Self::Corridor => "CORRIDOR",
            Self::Door => "DOOR",
            Self::Driver => "DRIVER",
            Self::Empty => "EMPTY",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl Cell {
    pub const fn kind(self) -> CellKind {
        match self {
            Self::Seat(_) => CellKind::Seat,
            Self::Corridor => CellKind::Corridor,
            Self::Door => CellKind::Door,
            Self::Driver => CellKind::Driver,
            Self::Empty => CellKind::Empty,
        }
    }
}

/// Cells row by row, front to back, each row from the left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    col_count: u8,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    #[error("must be between 1 and {LAYOUT_ROWS_MAX}")]
    Rows,
    #[error("must be between 1 and {LAYOUT_COLS_MAX}")]
    Columns,
    #[error("must have {expected} cells, rowCount × colCount, and has {found}")]
    Cells { expected: usize, found: usize },
}

impl Grid {
    pub fn new(row_count: u8, col_count: u8, cells: Vec<Cell>) -> Result<Self, GridError> {
        if !(1..=LAYOUT_ROWS_MAX).contains(&row_count) {
            return Err(GridError::Rows);
        }
        if !(1..=LAYOUT_COLS_MAX).contains(&col_count) {
            return Err(GridError::Columns);
        }
        let expected = usize::from(row_count) * usize::from(col_count);
        if cells.len() != expected {
            return Err(GridError::Cells { expected, found: cells.len() });
        }
        Ok(Self { col_count, cells })
    }

    /// For a drawing that is inside the bounds by construction.
    pub(super) fn of_whole_rows(col_count: u8, cells: Vec<Cell>) -> Self {
        debug_assert_eq!(cells.len() % usize::from(col_count), 0, "whole rows");
        Self { col_count, cells }
    }

    pub fn row_count(&self) -> u8 {
        // At most LAYOUT_ROWS_MAX, by `new`.
        u8::try_from(self.cells.len() / usize::from(self.col_count)).unwrap_or(LAYOUT_ROWS_MAX)
    }

    pub fn col_count(&self) -> u8 {
        self.col_count
    }

    pub fn cell_count(&self) -> usize {
        self.cells.len()
    }

    /// Row, column (both from 0) and cell, in their order.
    pub fn cells(&self) -> impl Iterator<Item = (u8, u8, Cell)> {
        let places =
            (0..self.row_count()).flat_map(|row| (0..self.col_count).map(move |col| (row, col)));
        places.zip(&self.cells).map(|((row, col), cell)| (row, col, *cell))
    }
}

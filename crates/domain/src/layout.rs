//! How a bus is drawn: a grid of seats, corridor, doors, driver and tables.
//!
//! Whatever the grid, the seats on it are numbered `1..=seatCount`, each exactly once: a map that
//! lacks a seat would sell it unseen.

use serde::{Deserialize, Serialize};

use crate::field::FieldErrors;
use crate::seat::{SEATS_MAX, SeatNumber};

pub const LAYOUT_ROWS_MAX: u8 = 60;
pub const LAYOUT_COLS_MAX: u8 = 12;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellKind {
    Seat,
    Corridor,
    Door,
    Driver,
    Table,
}

/// One square of the grid; `x` counts columns from the left, `y` rows from the front, both from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cell {
    /// Only on seats.
    #[serde(default)]
    pub seat_no: Option<u16>,
    pub x: u8,
    pub y: u8,
    #[serde(rename = "type")]
    pub kind: CellKind,
}

/// The contract's `layout` object; also what stores keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Layout {
    pub row_count: u8,
    pub col_count: u8,
    pub seats: Vec<Cell>,
}

/// Coaches from this many seats on have a second door in the middle, as on the road.
const MIDDLE_DOOR_SEATS_MIN: u16 = 30;

impl Layout {
    /// The usual coach: driver front left, door front right, a corridor all the way, for long ones a
    /// door in the middle of the right side. Seats are numbered row by row from the front left.
    pub fn generate(layout_type: LayoutType, seat_count: u16) -> Self {
        let (left, right) = layout_type.left_right();
        let columns = left + 1 + right;
        let mut cells = vec![
            Cell { seat_no: None, x: 0, y: 0, kind: CellKind::Driver },
            Cell { seat_no: None, x: left, y: 0, kind: CellKind::Corridor },
            Cell { seat_no: None, x: columns - 1, y: 0, kind: CellKind::Door },
        ];
        let seats_in_row = u16::from(left + right);
        let middle_row = if seat_count >= MIDDLE_DOOR_SEATS_MIN {
            u8::try_from(seat_count / seats_in_row / 2 + 1).ok()
        } else {
            None
        };

        let mut numbers = SeatNumber::all(seat_count).map(SeatNumber::get).peekable();
        let mut row = 0;
        while numbers.peek().is_some() {
            row += 1;
            for x in 0..columns {
                let kind = if x == left {
                    CellKind::Corridor
                } else if Some(row) == middle_row && x > left {
                    CellKind::Door
                } else {
                    CellKind::Seat
                };
                match kind {
                    CellKind::Seat => {
                        let Some(number) = numbers.next() else { continue };
                        cells.push(Cell { seat_no: Some(number), x, y: row, kind });
                    }
                    // One door, however wide the gap that it leaves.
                    CellKind::Door if x + 1 < columns => {}
                    _ => cells.push(Cell { seat_no: None, x, y: row, kind }),
                }
            }
        }
        Self { row_count: row + 1, col_count: columns, seats: cells }
    }

    /// Checks a grid that somebody drew.
    pub fn validate(&self, seat_count: u16) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if !(1..=LAYOUT_ROWS_MAX).contains(&self.row_count) {
            errors.push("/layout/rowCount", format!("must be between 1 and {LAYOUT_ROWS_MAX}"));
        }
        if !(1..=LAYOUT_COLS_MAX).contains(&self.col_count) {
            errors.push("/layout/colCount", format!("must be between 1 and {LAYOUT_COLS_MAX}"));
        }
        if self.seats.len() > usize::from(LAYOUT_ROWS_MAX) * usize::from(LAYOUT_COLS_MAX) {
            errors.push("/layout/seats", "has more cells than the largest grid");
            return Err(errors);
        }

        let mut numbered = [false; SEATS_MAX as usize + 1];
        let mut squares = std::collections::HashSet::new();
        for (index, cell) in self.seats.iter().enumerate() {
            let at = format!("/layout/seats/{index}");
            if cell.x >= self.col_count || cell.y >= self.row_count {
                errors.push(at.clone(), "lies outside the grid");
            }
            if !squares.insert((cell.x, cell.y)) {
                errors.push(at.clone(), "lies on another cell");
            }
            match (cell.kind, cell.seat_no) {
                (CellKind::Seat, Some(number)) if (1..=seat_count).contains(&number) => {
                    if std::mem::replace(&mut numbered[usize::from(number)], true) {
                        errors.push(format!("{at}/seatNo"), "stands twice on the map");
                    }
                }
                (CellKind::Seat, _) => errors
                    .push(format!("{at}/seatNo"), format!("must be between 1 and {seat_count}")),
                (_, Some(_)) => errors.push(format!("{at}/seatNo"), "belongs to seats only"),
                (_, None) => {}
            }
        }
        let missing = SeatNumber::all(seat_count).find(|seat| !numbered[usize::from(seat.get())]);
        if let Some(seat) = missing {
            errors.push("/layout/seats", format!("seat {seat} is missing"));
        }
        errors.into_result()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_generated_layout_is_valid() {
        for layout_type in LayoutType::ALL {
            for seat_count in 1..=SEATS_MAX {
                let layout = Layout::generate(layout_type, seat_count);
                assert_eq!(layout.validate(seat_count), Ok(()), "{layout_type:?} {seat_count}");
                let kinds = |kind| layout.seats.iter().filter(|cell| cell.kind == kind).count();
                assert_eq!(kinds(CellKind::Seat), usize::from(seat_count));
                assert_eq!(kinds(CellKind::Driver), 1);
                let doors = if seat_count >= MIDDLE_DOOR_SEATS_MIN { 2 } else { 1 };
                assert_eq!(kinds(CellKind::Door), doors, "{layout_type:?} {seat_count}");
            }
        }
    }

    #[test]
    fn two_plus_one_has_the_pair_on_the_left() {
        let layout = Layout::generate(LayoutType::TwoOne, 6);
        let at = |number| {
            let cell = layout.seats.iter().find(|cell| cell.seat_no == Some(number)).unwrap();
            (cell.x, cell.y)
        };
        assert_eq!([at(1), at(2), at(3), at(4)], [(0, 1), (1, 1), (3, 1), (0, 2)]);
    }

    fn faults(change: impl FnOnce(&mut Layout)) -> Vec<String> {
        let mut layout = Layout::generate(LayoutType::TwoTwo, 8);
        change(&mut layout);
        let errors = layout.validate(8).err().unwrap_or_default();
        errors.iter().map(|error| error.message.clone()).collect()
    }

    #[test]
    fn bad_grids_are_told_what_is_wrong() {
        let seat = |layout: &mut Layout, number: u16| {
            layout.seats.iter().position(|cell| cell.seat_no == Some(number)).unwrap()
        };
        assert!(faults(|_| {}).is_empty());
        assert_eq!(
            faults(|layout| {
                let index = seat(layout, 3);
                layout.seats.remove(index);
            }),
            ["seat 3 is missing"]
        );
        assert!(
            faults(|layout| {
                let index = seat(layout, 3);
                layout.seats[index].seat_no = Some(4);
            })
            .contains(&"stands twice on the map".to_owned())
        );
        assert!(
            faults(|layout| layout.seats[0].x = 9).contains(&"lies outside the grid".to_owned())
        );
        assert!(
            faults(|layout| layout.seats[0].seat_no = Some(1))
                .contains(&"belongs to seats only".to_owned())
        );
        assert!(
            faults(|layout| layout.seats[1] = layout.seats[0].clone())
                .contains(&"lies on another cell".to_owned())
        );
        assert!(!faults(|layout| layout.row_count = 0).is_empty());
    }
}

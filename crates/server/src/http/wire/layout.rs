//! **Seat layout**, both that of one bus and the stored ones: all cells of a grid, row by row.

use domain::layout::GridError;
use domain::seat::SEATS_MAX;
use domain::{Bus, Cell, CellKind, FieldErrors, Grid, Layout, SeatLayout, SeatNumber};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::scalar::{CellKindWord, Time, Word};

/// One cell. `x` is the row, counted from the front, `y` the column, counted from the left.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Cell)]
pub(crate) struct CellBody {
    /// `row-column`.
    id: String,
    x: u8,
    y: u8,
    #[serde(rename = "type")]
    kind: CellKindWord,
    /// On seats only; 0 while the seat has no number yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    seat_no: Option<u16>,
}

/// A grid: exactly `rowCount × colCount` cells, row by row from the front.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Deck)]
pub(crate) struct DeckBody {
    row_count: u8,
    col_count: u8,
    seats: Vec<CellBody>,
}

impl From<&Grid> for DeckBody {
    fn from(grid: &Grid) -> Self {
        let cell = |(row, col, cell): (u8, u8, Cell)| CellBody {
            id: format!("{row}-{col}"),
            x: row,
            y: col,
            kind: Word(cell.kind()),
            seat_no: match cell {
                Cell::Seat(number) => Some(number.map_or(0, SeatNumber::get)),
                _ => None,
            },
        };
        let seats = grid.cells().map(cell).collect();
        Self { row_count: grid.row_count(), col_count: grid.col_count(), seats }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Layout)]
pub(crate) struct LayoutBody {
    /// Null, like the name, when the layout belongs to this bus alone.
    id: Option<Uuid>,
    name: Option<String>,
    #[serde(flatten)]
    lower: DeckBody,
    /// The decks above, if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    decks: Vec<DeckBody>,
}

impl LayoutBody {
    pub(crate) fn of(bus: &Bus) -> Self {
        let details = &bus.details;
        Self {
            id: details.layout_id.map(|id| id.0),
            name: details.layout_name.clone(),
            lower: DeckBody::from(&details.layout.lower),
            decks: details.layout.upper.iter().map(DeckBody::from).collect(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SeatLayout)]
pub(crate) struct SeatLayoutBody {
    id: Uuid,
    name: String,
    #[serde(flatten)]
    lower: DeckBody,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    decks: Vec<DeckBody>,
    created_at: Time,
    updated_at: Time,
}

impl From<SeatLayout> for SeatLayoutBody {
    fn from(kept: SeatLayout) -> Self {
        Self {
            id: kept.id.0,
            name: kept.name,
            lower: DeckBody::from(&kept.layout.lower),
            decks: kept.layout.upper.iter().map(DeckBody::from).collect(),
            created_at: Time(kept.created_at),
            updated_at: Time(kept.updated_at),
        }
    }
}

/// A cell as it is sent. `id`, `x` and `y` may be left out: its place in the list says where it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewCell {
    id: Option<String>,
    x: Option<u8>,
    y: Option<u8>,
    // A text, so that a client that writes another form gets an error about the whole form and not
    // about one word.
    #[serde(rename = "type")]
    #[schema(value_type = CellKindWord)]
    kind: String,
    /// For a seat, 1 to 100; 0, or absent, while it has no number yet.
    seat_no: Option<u16>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDeck {
    pub(crate) row_count: u8,
    pub(crate) col_count: u8,
    pub(crate) seats: Vec<NewCell>,
}

/// The layout of one bus, as an answer shows it or as a client writes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewLayout {
    /// The id of the stored layout from which this was read; then `layoutId` is the same.
    pub(crate) id: Option<Uuid>,
    /// Ignored: the name of a stored layout comes from the layout itself.
    #[serde(rename = "name")]
    _name: Option<String>,
    row_count: u8,
    col_count: u8,
    seats: Vec<NewCell>,
    /// At most one, the upper deck.
    decks: Option<Vec<NewDeck>>,
}

/// Faults of one grid that are reported, at the most.
const CELL_FAULTS_MAX: usize = 8;

const HOW: &str = "cells stand row by row from the front, all rowCount × colCount of them, with x the \
    row and y the column: {\"id\": \"0-1\", \"x\": 0, \"y\": 1, \"type\": \"SEAT\", \"seatNo\": 1}; type \
    is SEAT, CORRIDOR, DOOR, DRIVER or EMPTY, and seatNo belongs to seats only";

impl NewLayout {
    /// `at` is the pointer to the layout in the body.
    pub(crate) fn read(self, at: &str) -> Result<Layout, FieldErrors> {
        let lower =
            NewDeck { row_count: self.row_count, col_count: self.col_count, seats: self.seats };
        read(at, lower, self.decks.unwrap_or_default())
    }
}

pub(crate) fn read(at: &str, lower: NewDeck, upper: Vec<NewDeck>) -> Result<Layout, FieldErrors> {
    let mut errors = FieldErrors::default();
    let lower = lower.read(at, &mut errors);
    let upper: Option<Vec<Grid>> = upper
        .into_iter()
        .enumerate()
        .map(|(index, deck)| deck.read(&format!("{at}/decks/{index}"), &mut errors))
        .collect();
    errors.into_result()?;
    // Both are there when no fault was noted.
    lower.zip(upper).map(|(lower, upper)| Layout { lower, upper }).ok_or_else(FieldErrors::default)
}

impl NewDeck {
    pub(crate) fn read(self, at: &str, errors: &mut FieldErrors) -> Option<Grid> {
        let (rows, cols) = (self.row_count, self.col_count);
        let (mut cells, mut faults) = (Vec::with_capacity(self.seats.len()), 0);
        for (index, cell) in self.seats.into_iter().enumerate() {
            let place = (index / usize::from(cols.max(1)), index % usize::from(cols.max(1)));
            match cell.read(place) {
                Ok(cell) => cells.push(cell),
                Err((field, why)) => {
                    faults += 1;
                    if faults <= CELL_FAULTS_MAX {
                        let how = if faults == 1 { format!("{why}; {HOW}") } else { why };
                        errors.push(format!("{at}/seats/{index}{field}"), how);
                    }
                }
            }
        }
        if faults > 0 {
            return None;
        }
        match Grid::new(rows, cols, cells) {
            Ok(grid) => Some(grid),
            Err(why) => {
                let (field, why) = match why {
                    GridError::Rows => ("rowCount", why.to_string()),
                    GridError::Columns => ("colCount", why.to_string()),
                    GridError::Cells { .. } => ("seats", format!("{why}; {HOW}")),
                };
                errors.push(format!("{at}/{field}"), why);
                None
            }
        }
    }
}

impl NewCell {
    /// The cell at this row and column, or the field that is wrong and the reason.
    fn read(self, (row, col): (usize, usize)) -> Result<Cell, (&'static str, String)> {
        if self.x.is_some_and(|x| usize::from(x) != row) {
            return Err(("/x", format!("this cell stands in row {row}")));
        }
        if self.y.is_some_and(|y| usize::from(y) != col) {
            return Err(("/y", format!("this cell stands in column {col}")));
        }
        if self.id.is_some_and(|id| id != format!("{row}-{col}")) {
            return Err(("/id", format!("this cell is \"{row}-{col}\"")));
        }
        let kind = CellKind::parse(&self.kind);
        let kind = kind.ok_or_else(|| ("/type", "is no type of a cell".to_owned()))?;
        let number = self.seat_no.filter(|number| *number != 0);
        let cell = match kind {
            CellKind::Seat => {
                let beyond = || ("/seatNo", format!("must be between 0 and {SEATS_MAX}"));
                let seat = |number| SeatNumber::new(number).ok_or_else(beyond);
                return Ok(Cell::Seat(number.map(seat).transpose()?));
            }
            CellKind::Corridor => Cell::Corridor,
            CellKind::Door => Cell::Door,
            CellKind::Driver => Cell::Driver,
            CellKind::Empty => Cell::Empty,
        };
        match number {
            None => Ok(cell),
            Some(_) => Err(("/seatNo", "belongs to seats only".to_owned())),
        }
    }
}

//! The layouts of the first versions, JSON of single cells with `x` across, as a function of SQL
//! that brings them into today's form.
//!
//! Called by one migration. It has an answer for every row: a layout that cannot be read, or lacks
//! a seat, is drawn again, because with an unreadable bus all of its departures would be
//! unreadable.

use domain::{Cell, Grid, Layout, LayoutType, SeatNumber};
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OldLayout {
    row_count: u8,
    col_count: u8,
    seats: Vec<OldCell>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OldCell {
    #[serde(default)]
    seat_no: Option<u16>,
    /// Columns from the left.
    x: u8,
    /// Rows from the front.
    y: u8,
    #[serde(rename = "type")]
    kind: String,
}

/// Makes `layout_form(layout, layout_type, seat_count)` known to a connection.
pub(crate) fn provide(connection: &Connection) -> rusqlite::Result<()> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("layout_form", 3, pure, |context| {
        let (layout, layout_type): (String, String) = (context.get(0)?, context.get(1)?);
        let seat_count: u16 = context.get(2)?;
        let drawn = drawn(&layout).filter(|layout| layout.usable_seats() == Ok(seat_count));
        let layout = drawn.unwrap_or_else(|| {
            Layout::generate(LayoutType::parse(&layout_type).unwrap_or_default(), seat_count)
        });
        Ok(layout.to_string())
    })
}

fn drawn(layout: &str) -> Option<Layout> {
    let old: OldLayout = serde_json::from_str(layout).ok()?;
    let mut cells = vec![Cell::Empty; usize::from(old.row_count) * usize::from(old.col_count)];
    for cell in old.seats {
        if cell.x >= old.col_count || cell.y >= old.row_count {
            return None;
        }
        let index = usize::from(cell.y) * usize::from(old.col_count) + usize::from(cell.x);
        cells[index] = match cell.kind.as_str() {
            "seat" => Cell::Seat(cell.seat_no.and_then(SeatNumber::new)),
            "corridor" => Cell::Corridor,
            "door" => Cell::Door,
            "driver" => Cell::Driver,
            // Tables: nothing to sit on.
            _ => Cell::Empty,
        };
    }
    let lower = Grid::new(old.row_count, old.col_count, cells).ok()?;
    Some(Layout { lower, upper: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_is_kept_and_what_cannot_be_read_is_drawn_anew() {
        let db = Connection::open_in_memory().unwrap();
        provide(&db).unwrap();
        let form = |layout: &str, seat_count: u16| -> String {
            db.query_row("SELECT layout_form(?, 'LAYOUT_1_2', ?)", (layout, seat_count), |row| {
                row.get(0)
            })
            .unwrap()
        };
        let own = r#"{"rowCount": 2, "colCount": 3, "seats": [
            {"seatNo": null, "x": 0, "y": 0, "type": "driver"},
            {"x": 2, "y": 0, "type": "door"}, {"x": 1, "y": 0, "type": "corridor"},
            {"seatNo": 2, "x": 0, "y": 1, "type": "seat"}, {"x": 1, "y": 1, "type": "table"},
            {"seatNo": 1, "x": 2, "y": 1, "type": "seat"}]}"#;
        assert_eq!(form(own, 2), "W _ D/2 . 1");
        let anew = "W _ . D/1 _ 2 3";
        assert_eq!(form(own, 3), anew, "a seat is missing");
        assert_eq!(form("{}", 3), anew);
        assert_eq!(
            form(
                r#"{"rowCount": 1, "colCount": 1, "seats": [{"x": 1, "y": 0, "type": "seat"}]}"#,
                3
            ),
            anew
        );
    }
}

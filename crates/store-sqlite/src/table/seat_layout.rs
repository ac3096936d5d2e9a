//! `seat_layouts`: named layouts, and the copies of them that buses have.

use domain::{BusId, CityKey, LayoutId, Refusal, SeatLayout};
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use store::{Made, Page, Paged};

use super::Where;
use crate::column::{bytes, id, millis, read, time};
use crate::fault::{Result, is_taken, one_row};

fn seat_layout(row: &Row<'_>) -> rusqlite::Result<SeatLayout> {
    Ok(SeatLayout {
        id: id(row, "id")?,
        name: row.get("name")?,
        layout: read(row, "layout", |text: String| text.parse().ok())?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

const INSERT: &str = "INSERT INTO seat_layouts (id, name, name_key, layout, created_at, updated_at) \
     VALUES (:id, :name, :name_key, :layout, :created_at, :updated_at)";
const UPDATE: &str = "UPDATE seat_layouts SET name = :name, name_key = :name_key, \
     layout = :layout, created_at = :created_at, updated_at = :updated_at WHERE id = :id";

fn write(connection: &Connection, sql: &str, kept: &SeatLayout) -> Result<()> {
    let written = connection.prepare_cached(sql)?.execute(named_params! {
        ":id": bytes(kept.id.0),
        ":name": kept.name,
        ":name_key": CityKey::new(&kept.name).as_str(),
        ":layout": kept.layout.to_string(),
        ":created_at": millis(kept.created_at),
        ":updated_at": millis(kept.updated_at),
    });
    match written {
        Err(error) if is_taken(&error) => Err(Refusal::LayoutTaken.into()),
        other => Ok(other.map(drop)?),
    }
}

pub(crate) fn insert(connection: &Connection, kept: &SeatLayout) -> Result<()> {
    write(connection, INSERT, kept)
}

pub(crate) fn update(connection: &Connection, kept: &SeatLayout) -> Result<()> {
    write(connection, UPDATE, kept)
}

/// The layout as it was.
pub(crate) fn delete(connection: &Connection, id: LayoutId, made: Made<'_>) -> Result<SeatLayout> {
    let old = named(connection, id)?;
    if !users(connection, id)?.is_empty() {
        return Err(Refusal::LayoutInUse.into());
    }
    made.on(old.updated_at)?;
    let deleted = connection
        .prepare_cached("DELETE FROM seat_layouts WHERE id = ?")?
        .execute([bytes(id.0)])?;
    one_row("deleting a seat layout", deleted)?;
    Ok(old)
}

pub(crate) fn by_id(connection: &Connection, id: LayoutId) -> Result<Option<SeatLayout>> {
    let found = connection
        .prepare_cached("SELECT * FROM seat_layouts WHERE id = ?")?
        .query_row([bytes(id.0)], seat_layout)
        .optional()?;
    Ok(found)
}

/// The layout that a bus is to have. It must exist.
pub(crate) fn named(connection: &Connection, id: LayoutId) -> Result<SeatLayout> {
    Ok(by_id(connection, id)?.ok_or(Refusal::LayoutNotFound)?)
}

/// The buses that have this layout.
pub(crate) fn users(connection: &Connection, layout: LayoutId) -> Result<Vec<BusId>> {
    let mut buses = connection.prepare_cached("SELECT id FROM buses WHERE layout_id = ?")?;
    let ids = buses.query_map([bytes(layout.0)], |row| id(row, "id"))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn list(connection: &Connection, page: Page) -> Result<Paged<SeatLayout>> {
    let table = "seat_layouts INDEXED BY seat_layouts_by_name";
    Ok(Where::default().page(connection, "*", table, "name_key", page, seat_layout)?)
}

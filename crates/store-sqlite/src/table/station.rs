//! `stations`.

use domain::{Refusal, Station, StationId};
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use store::{Page, Paged, StationFilter};

use super::{Where, contains};
use crate::column::{bytes, id, millis, station_kind, time};
use crate::fault::{Result, is_taken};

fn station(row: &Row<'_>) -> rusqlite::Result<Station> {
    Ok(Station {
        id: id(row, "id")?,
        name: row.get("name")?,
        slug: row.get("slug")?,
        kind: station_kind(row, "kind")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

const INSERT: &str = "INSERT INTO stations (id, name, slug, kind, created_at, updated_at) \
     VALUES (:id, :name, :slug, :kind, :created_at, :updated_at)";
const UPDATE: &str = "UPDATE stations SET name = :name, slug = :slug, kind = :kind, \
     created_at = :created_at, updated_at = :updated_at WHERE id = :id";

fn write(connection: &Connection, sql: &str, station: &Station) -> Result<usize> {
    let written = connection.prepare_cached(sql)?.execute(named_params! {
        ":id": bytes(station.id.0),
        ":name": station.name,
        ":slug": station.slug,
        ":kind": station.kind.as_str(),
        ":created_at": millis(station.created_at),
        ":updated_at": millis(station.updated_at),
    });
    match written {
        Err(error) if is_taken(&error) => Err(Refusal::StationTaken.into()),
        other => Ok(other?),
    }
}

pub(crate) fn insert(connection: &Connection, station: &Station) -> Result<()> {
    write(connection, INSERT, station).map(drop)
}

pub(crate) fn update(connection: &Connection, station: &Station) -> Result<()> {
    match write(connection, UPDATE, station)? {
        0 => Err(Refusal::StationNotFound.into()),
        _ => Ok(()),
    }
}

pub(crate) fn delete(connection: &Connection, id: StationId) -> Result<()> {
    match connection.prepare_cached("DELETE FROM stations WHERE id = ?")?.execute([bytes(id.0)])? {
        0 => Err(Refusal::StationNotFound.into()),
        _ => Ok(()),
    }
}

pub(crate) fn by_id(connection: &Connection, id: StationId) -> Result<Option<Station>> {
    let found = connection
        .prepare_cached("SELECT * FROM stations WHERE id = ?")?
        .query_row([bytes(id.0)], station)
        .optional()?;
    Ok(found)
}

pub(crate) fn list(
    connection: &Connection,
    filter: &StationFilter,
    page: Page,
) -> Result<Paged<Station>> {
    let mut condition = Where::default();
    condition.and_some(
        r"city_key(name) LIKE ? ESCAPE '\'",
        filter.name_contains.as_deref(),
        |part| contains(domain::CityKey::new(part).as_str()),
    );
    Ok(condition.page(connection, "*", "stations", "city_key(name), id", page, station)?)
}

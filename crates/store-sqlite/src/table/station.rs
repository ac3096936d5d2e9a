//! `stations`.

use domain::{CityKey, Refusal, Station, StationId, StationPatch};
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use store::{Made, Page, Paged, STATIONS_LOOKED_AT_MAX, StationFilter};

use super::{Where, contains};
use crate::column::{bytes, id, millis, station_kind, time};
use crate::fault::{Result, is_taken, one_row};

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

const INSERT: &str = "INSERT INTO stations (id, name, name_key, slug, kind, created_at, updated_at) \
     VALUES (:id, :name, :name_key, :slug, :kind, :created_at, :updated_at)";
const UPDATE: &str = "UPDATE stations SET name = :name, name_key = :name_key, slug = :slug, \
     kind = :kind, created_at = :created_at, updated_at = :updated_at WHERE id = :id";

fn write(connection: &Connection, sql: &str, station: &Station) -> Result<usize> {
    let written = connection.prepare_cached(sql)?.execute(named_params! {
        ":id": bytes(station.id.0),
        ":name": station.name,
        ":name_key": CityKey::new(&station.name).as_str(),
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

/// The station as it was, and as it is.
pub(crate) fn change(
    connection: &Connection,
    id: StationId,
    patch: &StationPatch,
    made: Made<'_>,
) -> Result<(Station, Station)> {
    let old = by_id(connection, id)?.ok_or(Refusal::StationNotFound)?;
    let station = patch.over(&old, made.now).map_err(Refusal::Invalid)?;
    made.on(old.updated_at)?;
    one_row("changing a station", write(connection, UPDATE, &station)?)?;
    Ok((old, station))
}

/// The station as it was.
pub(crate) fn delete(connection: &Connection, id: StationId, made: Made<'_>) -> Result<Station> {
    let old = by_id(connection, id)?.ok_or(Refusal::StationNotFound)?;
    made.on(old.updated_at)?;
    let deleted =
        connection.prepare_cached("DELETE FROM stations WHERE id = ?")?.execute([bytes(id.0)])?;
    one_row("deleting a station", deleted)?;
    Ok(old)
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
    condition.and_some(r"name_key LIKE ? ESCAPE '\'", filter.name_contains.as_deref(), |part| {
        contains(CityKey::new(part).as_str())
    });
    let (all, order) = ("stations INDEXED BY stations_by_name", "name_key, id");
    if filter.name_contains.is_none() {
        return Ok(condition.page(connection, "*", all, order, page, station)?);
    }
    // No index has parts of a name: so this many names are looked at, in their order.
    let looked_at = format!("SELECT * FROM {all} ORDER BY {order} LIMIT {STATIONS_LOOKED_AT_MAX}");
    let found = condition.page(connection, "*", &format!("({looked_at})"), order, page, station)?;
    let one_more = format!("SELECT 1 FROM {all} LIMIT 1 OFFSET {STATIONS_LOOKED_AT_MAX}");
    Ok(found.limited_if(connection.prepare_cached(&one_more)?.exists([])?))
}

//! `buses`: vehicles, and when their seats may change.

use std::sync::Arc;

use domain::{Bus, BusDetails, BusId, BusPatch, LayoutType, Refusal};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use store::{BusFilter, BusStats, Page, Paged};

use super::{Where, counts, text};
use crate::column::{bytes, count, id, json, layout_type, millis, time};
use crate::fault::{Result, is_taken};

fn bus(row: &Row<'_>) -> rusqlite::Result<Bus> {
    Ok(Bus {
        id: id(row, "id")?,
        details: BusDetails {
            plate: row.get("plate")?,
            model: row.get("model")?,
            seat_count: row.get("seat_count")?,
            layout_type: layout_type(row, "layout_type")?,
            layout: json(row, "layout")?,
            specs: json(row, "specs")?,
            bus_phone: row.get("bus_phone")?,
            owner: row.get("owner")?,
            tax_office: row.get("tax_office")?,
            tax_number: row.get("tax_number")?,
        },
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

const INSERT: &str = "INSERT INTO buses (id, plate, model, seat_count, layout_type, layout, specs, \
     bus_phone, owner, tax_office, tax_number, created_at, updated_at) VALUES (:id, :plate, :model, \
     :seat_count, :layout_type, :layout, :specs, :bus_phone, :owner, :tax_office, :tax_number, \
     :created_at, :updated_at)";
const UPDATE: &str = "UPDATE buses SET plate = :plate, model = :model, seat_count = :seat_count, \
     layout_type = :layout_type, layout = :layout, specs = :specs, bus_phone = :bus_phone, \
     owner = :owner, tax_office = :tax_office, tax_number = :tax_number, created_at = :created_at, \
     updated_at = :updated_at WHERE id = :id";

fn write(connection: &Connection, sql: &str, bus: &Bus) -> Result<()> {
    let details = &bus.details;
    let written = connection.prepare_cached(sql)?.execute(named_params! {
        ":id": bytes(bus.id.0),
        ":plate": details.plate,
        ":model": details.model,
        ":seat_count": details.seat_count,
        ":layout_type": details.layout_type.as_str(),
        ":layout": serde_json::to_string(&details.layout)?,
        ":specs": serde_json::to_string(&details.specs)?,
        ":bus_phone": details.bus_phone,
        ":owner": details.owner,
        ":tax_office": details.tax_office,
        ":tax_number": details.tax_number,
        ":created_at": millis(bus.created_at),
        ":updated_at": millis(bus.updated_at),
    });
    match written {
        Err(error) if is_taken(&error) => Err(Refusal::PlateTaken.into()),
        other => Ok(other.map(drop)?),
    }
}

pub(crate) fn insert(
    connection: &Connection,
    id: BusId,
    details: BusDetails,
    now: Timestamp,
) -> Result<Bus> {
    let bus = Bus { id, details, created_at: now, updated_at: now };
    write(connection, INSERT, &bus)?;
    Ok(bus)
}

pub(crate) fn update(
    connection: &Connection,
    id: BusId,
    patch: BusPatch,
    now: Timestamp,
) -> Result<Bus> {
    let old = by_id(connection, id)?.ok_or(Refusal::BusNotFound)?;
    let details = patch.over(&old.details).validate().map_err(Refusal::Invalid)?;
    if details.seats_differ(&old.details) && has_sold_future_route(connection, id, now)? {
        return Err(Refusal::BusSeatsFixed.into());
    }
    let bus = Bus { details, updated_at: now, ..old };
    write(connection, UPDATE, &bus)?;
    Ok(bus)
}

/// A route with events that has not reached its last stop.
fn has_sold_future_route(connection: &Connection, id: BusId, now: Timestamp) -> Result<bool> {
    let found = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM routes JOIN stops ON stops.route_id = routes.id \
             WHERE routes.bus_id = ? AND routes.seq > 0 AND stops.time > ?)",
        )?
        .query_row(rusqlite::params![bytes(id.0), millis(now)], |row| row.get(0))?;
    Ok(found)
}

pub(crate) fn delete(connection: &Connection, id: BusId) -> Result<()> {
    let has_routes: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM routes WHERE bus_id = ?)")?
        .query_row([bytes(id.0)], |row| row.get(0))?;
    if has_routes {
        return Err(Refusal::BusHasRoutes.into());
    }
    match connection.prepare_cached("DELETE FROM buses WHERE id = ?")?.execute([bytes(id.0)])? {
        0 => Err(Refusal::BusNotFound.into()),
        _ => Ok(()),
    }
}

pub(crate) fn by_id(connection: &Connection, id: BusId) -> Result<Option<Bus>> {
    let found = connection
        .prepare_cached("SELECT * FROM buses WHERE id = ?")?
        .query_row([bytes(id.0)], bus)
        .optional()?;
    Ok(found)
}

/// The bus of a route: it exists, because the route refers to it.
pub(crate) fn of_route(connection: &Connection, id: BusId) -> Result<Arc<Bus>> {
    Ok(Arc::new(by_id(connection, id)?.ok_or(Refusal::BusNotFound)?))
}

pub(crate) fn by_plate(connection: &Connection, plate: &str) -> Result<Option<Bus>> {
    let found = connection
        .prepare_cached("SELECT * FROM buses WHERE plate = ?")?
        .query_row([plate], bus)
        .optional()?;
    Ok(found)
}

pub(crate) fn list(connection: &Connection, filter: &BusFilter, page: Page) -> Result<Paged<Bus>> {
    let mut condition = Where::default();
    condition.and_some(
        "city_key(ifnull(specs ->> '$.brand', '')) = city_key(?)",
        filter.brand.as_deref(),
        text,
    );
    condition.and_some("layout_type = ?", filter.layout_type, |layout: LayoutType| {
        text(layout.as_str())
    });
    Ok(condition.page(connection, "*", "buses", "plate", page, bus)?)
}

pub(crate) fn stats(connection: &Connection) -> Result<BusStats> {
    let (total, seats_total) = connection
        .prepare_cached("SELECT count(*) AS total, ifnull(sum(seat_count), 0) AS seats FROM buses")?
        .query_row([], |row| Ok((count(row, "total")?, count(row, "seats")?)))?;
    let by_brand = counts(
        connection,
        "SELECT specs ->> '$.brand' AS key, count(*) AS total FROM buses \
         WHERE key IS NOT NULL GROUP BY key ORDER BY total DESC, key",
        |row, name| row.get(name),
    )?;
    let by_layout_type = counts(
        connection,
        "SELECT layout_type AS key, count(*) AS total FROM buses GROUP BY key ORDER BY key",
        layout_type,
    )?;
    Ok(BusStats { total, seats_total, by_brand, by_layout_type })
}

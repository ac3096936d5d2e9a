//! `buses`: vehicles, and when their seats may change.

use std::sync::Arc;

use domain::bus::PlateKey;
use domain::version::changed_at;
use domain::{
    Bus, BusDetails, BusId, BusPatch, CityKey, Fittings, Latitude, LayoutType, Longitude, Refusal,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use store::{BusFigures, BusFilter, BusStats, Made, Page, Paged};

use super::{Where, bus_feature, seat_layout, text};
use crate::column::{
    bytes, count, id, json, layout_type, millis, optional_id, read, read_optional, time,
};
use crate::fault::{Result, is_taken, one_row};

fn bus(row: &Row<'_>) -> rusqlite::Result<Bus> {
    Ok(Bus {
        id: id(row, "id")?,
        details: BusDetails {
            plate: row.get("plate")?,
            model: row.get("model")?,
            seat_count: row.get("seat_count")?,
            layout_type: layout_type(row, "layout_type")?,
            layout: read(row, "layout", |text: String| text.parse().ok())?,
            layout_id: optional_id(row, "layout_id")?,
            layout_name: row.get("layout_name")?,
            specs: json(row, "specs")?,
            features: json(row, "features")?,
            test_lat: read_optional(row, "test_lat", Latitude::from_stored)?,
            test_lng: read_optional(row, "test_lng", Longitude::from_stored)?,
            bus_phone: row.get("bus_phone")?,
            owner: row.get("owner")?,
            tax_office: row.get("tax_office")?,
            tax_number: row.get("tax_number")?,
        },
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

const INSERT: &str = "INSERT INTO buses (id, plate, plate_key, model, seat_count, layout_type, \
     layout, layout_id, layout_name, specs, brand_key, features, test_lat, test_lng, bus_phone, \
     owner, tax_office, tax_number, created_at, updated_at) \
     VALUES (:id, :plate, :plate_key, :model, :seat_count, :layout_type, :layout, :layout_id, \
     :layout_name, :specs, :brand_key, :features, :test_lat, :test_lng, :bus_phone, :owner, \
     :tax_office, :tax_number, :created_at, :updated_at)";
// A plate that stays keeps its key, or stays without one if another bus has it.
const UPDATE: &str = "UPDATE buses SET plate_key = iif(plate = :plate, plate_key, :plate_key), \
     plate = :plate, model = :model, seat_count = :seat_count, layout_type = :layout_type, \
     layout = :layout, layout_id = :layout_id, layout_name = :layout_name, specs = :specs, \
     brand_key = :brand_key, features = :features, test_lat = :test_lat, test_lng = :test_lng, \
     bus_phone = :bus_phone, owner = :owner, tax_office = :tax_office, tax_number = :tax_number, \
     created_at = :created_at, updated_at = :updated_at WHERE id = :id";

fn write(connection: &Connection, sql: &str, bus: &Bus) -> Result<()> {
    let details = &bus.details;
    let written = connection.prepare_cached(sql)?.execute(named_params! {
        ":id": bytes(bus.id.0),
        ":plate": details.plate,
        ":plate_key": PlateKey::new(&details.plate).as_str(),
        ":model": details.model,
        ":seat_count": details.seat_count,
        ":layout_type": details.layout_type.as_str(),
        ":layout": details.layout.to_string(),
        ":layout_id": details.layout_id.map(|id| bytes(id.0)),
        ":layout_name": details.layout_name,
        ":specs": serde_json::to_string(&details.specs)?,
        ":features": serde_json::to_string(&details.features)?,
        ":test_lat": details.test_lat.map(Latitude::stored),
        ":test_lng": details.test_lng.map(Longitude::stored),
        ":brand_key": CityKey::new(details.specs.brand.as_deref().unwrap_or_default()).as_str(),
        ":bus_phone": details.bus_phone,
        ":owner": details.owner,
        ":tax_office": details.tax_office,
        ":tax_number": details.tax_number,
        ":created_at": millis(bus.created_at),
        ":updated_at": millis(bus.updated_at),
    });
    match written {
        Err(error) if is_taken(&error) => return Err(Refusal::PlateTaken.into()),
        other => {
            other?;
        }
    }
    bus_feature::note_uses(connection, bus.id, &details.features)
}

/// A bus gets the layout and the features that it names as they stand now.
pub(crate) fn insert(
    connection: &Connection,
    id: BusId,
    details: BusDetails,
    now: Timestamp,
) -> Result<Bus> {
    let mut details = details;
    details.features =
        bus_feature::named(connection, details.features.iter().map(|feature| feature.id))?;
    let details = match details.layout_id {
        Some(layout_id) => {
            let kept = seat_layout::named(connection, layout_id)?;
            details.drawn_as(&kept).and_then(BusDetails::validate).map_err(Refusal::Invalid)?
        }
        None => details,
    };
    let bus = Bus { id, details, created_at: now, updated_at: now };
    write(connection, INSERT, &bus)?;
    Ok(bus)
}

/// The bus as it was, and as it is.
pub(crate) fn update(
    connection: &Connection,
    id: BusId,
    patch: BusPatch,
    made: Made<'_>,
) -> Result<(Bus, Bus)> {
    let old = by_id(connection, id)?.ok_or(Refusal::BusNotFound)?;
    let layout = patch.kept_layout(&old.details);
    let layout = layout.map(|id| seat_layout::named(connection, id)).transpose()?;
    let features = patch.features.clone();
    let features = features.map(|ids| bus_feature::named(connection, ids)).transpose()?;
    let fittings = Fittings { layout, features };
    let details = patch.over(&old.details, fittings).map_err(Refusal::Invalid)?;
    if details.seats_differ(&old.details) && has_sold_future_route(connection, id, made.now)? {
        return Err(Refusal::BusSeatsFixed.into());
    }
    made.on(old.updated_at)?;
    let updated_at = changed_at(old.updated_at, made.now);
    let bus = Bus { id, details, created_at: old.created_at, updated_at };
    write(connection, UPDATE, &bus)?;
    Ok((old, bus))
}

/// A route with events that has not reached its last stop. It left no longer ago than the bus's
/// longest journey takes: departures of years are not looked at.
fn has_sold_future_route(connection: &Connection, id: BusId, now: Timestamp) -> Result<bool> {
    let found = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM routes WHERE bus_id = :bus AND seq > 0 \
             AND arrives_at > :now AND departs_at > :now - (SELECT arrives_at - departs_at \
             FROM routes WHERE bus_id = :bus ORDER BY arrives_at - departs_at DESC LIMIT 1))",
        )?
        .query_row(named_params! { ":bus": bytes(id.0), ":now": millis(now) }, |row| row.get(0))?;
    Ok(found)
}

/// The bus as it was.
pub(crate) fn delete(connection: &Connection, id: BusId, made: Made<'_>) -> Result<Bus> {
    let old = by_id(connection, id)?.ok_or(Refusal::BusNotFound)?;
    let has_routes: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM routes WHERE bus_id = ?)")?
        .query_row([bytes(id.0)], |row| row.get(0))?;
    if has_routes {
        return Err(Refusal::BusHasRoutes.into());
    }
    made.on(old.updated_at)?;
    let deleted =
        connection.prepare_cached("DELETE FROM buses WHERE id = ?")?.execute([bytes(id.0)])?;
    one_row("deleting a bus", deleted)?;
    Ok(old)
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

/// In any spelling of the plate; an exact match comes first.
pub(crate) fn by_plate(connection: &Connection, plate: &str) -> Result<Option<Bus>> {
    let found = connection
        .prepare_cached(
            "SELECT * FROM buses WHERE plate = ?1 OR plate_key = ?2 \
             ORDER BY plate = ?1 DESC LIMIT 1",
        )?
        .query_row([plate, PlateKey::new(plate).as_str()], bus)
        .optional()?;
    Ok(found)
}

pub(crate) fn list(connection: &Connection, filter: &BusFilter, page: Page) -> Result<Paged<Bus>> {
    let mut condition = Where::default();
    condition.and_some("brand_key = ?", filter.brand.as_deref(), |brand| {
        text(CityKey::new(brand).as_str())
    });
    condition.and_some("layout_type = ?", filter.layout_type, |layout: LayoutType| {
        text(layout.as_str())
    });
    let table = match (&filter.brand, filter.layout_type) {
        (Some(_), Some(_)) => "buses INDEXED BY buses_by_brand_and_layout",
        (Some(_), None) => "buses INDEXED BY buses_by_brand",
        (None, Some(_)) => "buses INDEXED BY buses_by_layout",
        (None, None) => "buses",
    };
    Ok(condition.page(connection, "*", table, "plate", page, bus)?)
}

/// Summed over kinds of buses, not over buses.
pub(crate) fn stats(connection: &Connection) -> Result<BusStats> {
    let mut figures = connection.prepare_cached(
        "SELECT brand, layout_type, buses, seats FROM bus_figures WHERE buses > 0",
    )?;
    let figures = figures.query_map([], |row| {
        let (brand, layout_type) = (row.get("brand")?, layout_type(row, "layout_type")?);
        Ok(BusFigures {
            brand,
            layout_type,
            buses: count(row, "buses")?,
            seats: count(row, "seats")?,
        })
    })?;
    Ok(BusStats::sum(figures.collect::<rusqlite::Result<Vec<_>>>()?))
}

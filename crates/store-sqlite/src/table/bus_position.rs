//! `bus_positions`: where buses are on their departures.
//!
//! Only the newest of each departure; one that is too old is deleted when others are written.

use domain::bus_position::POSITION_KEPT;
use domain::{BusId, BusPosition, Latitude, Longitude, RouteId, Speed};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::column::{bytes, millis, read, read_optional, time};
use crate::fault::Result;

/// Old ones that one write deletes: more than it adds, so that they become fewer.
const TAKEN_AWAY_MAX: i64 = 8;

fn bus_position(row: &Row<'_>) -> rusqlite::Result<BusPosition> {
    Ok(BusPosition {
        lat: read(row, "lat", Latitude::from_stored)?,
        lng: read(row, "lng", Longitude::from_stored)?,
        speed: read_optional(row, "speed", Speed::from_stored)?,
        at: time(row, "at")?,
    })
}

/// Keeps it as the newest of its departure and as the last known place of its bus. False if a newer
/// one is known, it is too old itself, or the departure is gone.
pub(crate) fn keep(
    connection: &Connection,
    (route, bus): (RouteId, BusId),
    position: BusPosition,
    now: Timestamp,
) -> Result<bool> {
    let oldest = millis(now - POSITION_KEPT);
    connection
        .prepare_cached(
            "DELETE FROM bus_positions WHERE route_id IN \
             (SELECT route_id FROM bus_positions WHERE at <= ? ORDER BY at LIMIT ?)",
        )?
        .execute(params![oldest, TAKEN_AWAY_MAX])?;
    if !position.is_kept(now) {
        return Ok(false);
    }
    let (lat, lng) = (position.lat.stored(), position.lng.stored());
    let speed = position.speed.map(Speed::stored);
    let kept = connection
        .prepare_cached(
            "INSERT INTO bus_positions (route_id, lat, lng, speed, at) \
             SELECT id, ?, ?, ?, ? FROM routes WHERE id = ? ON CONFLICT (route_id) \
             DO UPDATE SET lat = excluded.lat, lng = excluded.lng, speed = excluded.speed, \
             at = excluded.at WHERE excluded.at > at",
        )?
        .execute(params![lat, lng, speed, millis(position.at), bytes(route.0)])?;
    if kept == 0 {
        return Ok(false);
    }
    // It is no change by staff: `updated_at` stays, and so does what decisions keep of a bus.
    connection
        .prepare_cached("UPDATE buses SET test_lat = ?, test_lng = ? WHERE id = ?")?
        .execute(params![lat, lng, bytes(bus.0)])?;
    Ok(true)
}

pub(crate) fn of_route(connection: &Connection, route: RouteId) -> Result<Option<BusPosition>> {
    let found = connection
        .prepare_cached("SELECT lat, lng, speed, at FROM bus_positions WHERE route_id = ?")?
        .query_row([bytes(route.0)], bus_position)
        .optional()?;
    Ok(found)
}

//! `bus_positions`: where buses are on their departures.
//!
//! Only the newest of each departure; one that is too old is deleted when others are written.
//! Written outside the clock: nothing is decided on it.

use domain::bus_position::POSITION_KEPT;
use domain::{BusId, BusPosition, Latitude, Longitude, RouteId, Speed};
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::column::{at, read, read_optional, time};
use crate::db::Db;
use crate::fault::Result;

/// Old ones that one write deletes: more than it adds, so that they become fewer.
const TAKEN_AWAY_MAX: i64 = 8;

fn bus_position(row: &Row) -> Result<BusPosition> {
    let speed = |tenths: i32| Speed::from_stored(u16::try_from(tenths).ok()?);
    Ok(BusPosition {
        lat: read(row, "lat", Latitude::from_stored)?,
        lng: read(row, "lng", Longitude::from_stored)?,
        speed: read_optional(row, "speed", speed)?,
        at: time(row, "at")?,
    })
}

// It skips those that another process deletes at this moment, so that no two wait for each other.
const TAKE_AWAY: &str = "DELETE FROM bus_positions WHERE route_id = ANY(ARRAY(\
     SELECT route_id FROM bus_positions WHERE at <= $1 ORDER BY at LIMIT $2 \
     FOR UPDATE SKIP LOCKED))";
// It is no change by staff: `updated_at` stays, and so does what decisions keep of a bus. One
// statement, so that both are kept or neither.
const KEEP: &str = "WITH kept AS (\
     INSERT INTO bus_positions (route_id, lat, lng, speed, at) \
     SELECT id, $2, $3, $4, $5 FROM routes WHERE id = $1 ON CONFLICT (route_id) \
     DO UPDATE SET lat = excluded.lat, lng = excluded.lng, speed = excluded.speed, at = excluded.at \
     WHERE excluded.at > bus_positions.at RETURNING route_id), \
     placed AS (UPDATE buses SET test_lat = $2, test_lng = $3 \
     WHERE id = $6 AND EXISTS (SELECT 1 FROM kept)) SELECT route_id FROM kept";

/// Keeps it as the newest of its departure and as the last known place of its bus. False if a newer
/// one is known, it is too old itself, or the departure is gone.
pub(crate) async fn keep(
    db: Db<'_>,
    (route, bus): (RouteId, BusId),
    position: BusPosition,
    now: Timestamp,
) -> Result<bool> {
    db.execute(TAKE_AWAY, &[&at(now - POSITION_KEPT), &TAKEN_AWAY_MAX]).await?;
    if !position.is_kept(now) {
        return Ok(false);
    }
    let (lat, lng) = (position.lat.stored(), position.lng.stored());
    let speed = position.speed.map(|speed| i32::from(Speed::stored(speed)));
    let kept = db.optional(KEEP, &[&route.0, &lat, &lng, &speed, &at(position.at), &bus.0]).await?;
    Ok(kept.is_some())
}

pub(crate) async fn of_route(db: Db<'_>, route: RouteId) -> Result<Option<BusPosition>> {
    let sql = "SELECT lat, lng, speed, at FROM bus_positions WHERE route_id = $1";
    db.optional(sql, &[&route.0]).await?.as_ref().map(bus_position).transpose()
}

//! Departures by the stops of their buses, whether or not a seat between these is sold: for who
//! waits for a bus. What travellers can buy is in [`super::segment`].

use domain::{CityKey, RouteId};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use store::{RouteView, TRIPS_LOOKED_AT_MAX, TripSearch};

use super::text;
use crate::column::{bounds, id, signed};
use crate::fault::Result;
use crate::known_routes::KnownRoutes;

const FROM_CITY: &str = "SELECT route_id, stop_index, time FROM stops INDEXED BY stops_by_city \
     WHERE city_key = ? AND time >= ? AND time < ? ORDER BY time, route_id LIMIT ?";

const FROM_START: &str = "SELECT id AS route_id, 0 AS stop_index, departs_at AS time \
     FROM routes INDEXED BY routes_by_departure WHERE departs_at >= ? AND departs_at < ? \
     ORDER BY departs_at, id LIMIT ?";

pub(crate) fn search(
    connection: &Connection,
    known: &KnownRoutes,
    search: &TripSearch,
    limit: usize,
) -> Result<Vec<RouteView>> {
    let (start, end) = bounds(search.departs);
    let city = |key: &CityKey| text(key.as_str());
    let from = if search.from_city.is_some() { FROM_CITY } else { FROM_START };
    // The stops of one route are few, those of one city are not: the plus keeps its index out.
    let to = if search.to_city.is_some() { "AND +later.city_key = ?" } else { "" };
    let mut values: Vec<Value> = search.from_city.iter().map(city).collect();
    values.extend([start.into(), end.into(), signed(TRIPS_LOOKED_AT_MAX).into()]);
    values.extend(search.to_city.iter().map(city));
    let sql = format!(
        "SELECT trip.route_id, trip.time FROM ({from}) trip WHERE EXISTS (SELECT 1 FROM stops later \
         WHERE later.route_id = trip.route_id AND later.stop_index > trip.stop_index {to})"
    );
    let mut trips = connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), |row| {
            Ok((row.get::<_, i64>("time")?, id::<RouteId>(row, "route_id")?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // SQLite promises an order only of the statement that is asked for it, and not of what is then
    // chosen from its rows.
    trips.sort_unstable();
    trips.into_iter().take(limit).map(|(_, id)| known.required(connection, id)).collect()
}

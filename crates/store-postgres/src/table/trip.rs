//! Departures by the stops of their buses, whether or not a seat between these is sold: for who
//! waits for a bus. What travellers can buy is in [`super::segment`].

use domain::{CityKey, RouteId};
use store::{RouteView, TRIPS_LOOKED_AT_MAX, TripSearch};

use super::route_view;
use crate::column::{at, at_most, id, signed};
use crate::condition::Where;
use crate::db::Db;
use crate::fault::Result;

pub(crate) async fn search(
    db: Db<'_>,
    search: &TripSearch,
    limit: usize,
) -> Result<Vec<RouteView>> {
    let city = |key: &CityKey| key.as_str().to_owned();
    let mut range = Where::default();
    let (columns, time) = match &search.from_city {
        Some(key) => {
            range.and_some("city_key = ?", Some(key), city);
            ("route_id, stop_index, time FROM stops", "time")
        }
        None => ("id AS route_id, 0 AS stop_index, departs_at AS time FROM routes", "departs_at"),
    };
    range.and_some(&format!("{time} >= ?"), Some(search.departs.start), at);
    range.and_some(&format!("{time} < ?"), Some(search.departs.end), at);
    let condition = range.sql();
    let looked_at = range.push(Box::new(signed(TRIPS_LOOKED_AT_MAX)));
    // The stops of one route are few, those of one city are not: written so that no index is taken
    // for the city.
    let to = search.to_city.as_ref().map(|key| {
        let is_there = range.numbered("(later.city_key = ?) IS TRUE", Box::new(city(key)));
        format!("AND {is_there}")
    });
    let to = to.unwrap_or_default();
    let shown = range.push(Box::new(at_most(limit)));
    // For each departure one look at its own stops, however many there are.
    let sql = format!(
        "SELECT trip.route_id FROM (SELECT {columns} {condition} ORDER BY time, route_id \
         LIMIT ${looked_at}) trip CROSS JOIN LATERAL (SELECT 1 FROM stops later \
         WHERE later.route_id = trip.route_id AND later.stop_index > trip.stop_index {to} LIMIT 1) goes \
         ORDER BY trip.time, trip.route_id LIMIT ${shown}"
    );
    let rows = db.rows(&sql, &range.values(&[])).await?;
    let found: Vec<RouteId> = rows.iter().map(|row| id(row, "route_id")).collect::<Result<_>>()?;
    route_view::in_order(db, &found).await
}

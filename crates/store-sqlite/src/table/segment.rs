//! `segments`: what travellers can ask for, one row for each pair of stops that is sold.
//!
//! Written with its route. A search reads the rows that it answers with, in their order, and no route
//! that it does not show.

use domain::{CityKey, RouteId};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params};
use store::{Page, Paged, SegmentHit, SegmentSearch};

use super::{Where, blob, route, seat, text};
use crate::column::{bounds, bytes, id, millis, money, segment};
use crate::fault::Result;

/// Writes a route's segments anew, from its stops and fares. Of two stops in one city the first one
/// counts, as it does for a traveller who names that city.
pub(crate) fn write(connection: &Connection, route_id: RouteId) -> Result<()> {
    let key = bytes(route_id.0);
    connection.prepare_cached("DELETE FROM segments WHERE route_id = ?")?.execute([key])?;
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO segments \
             SELECT a.city_key, b.city_key, routes.is_active, a.time, routes.id, a.stop_index, \
             b.stop_index, ifnull(fares.price, routes.price), a.stop_index = 0, \
             b.stop_index = (SELECT max(stop_index) FROM stops WHERE stops.route_id = ?1) \
             FROM routes CROSS JOIN stops a ON a.route_id = ?1 \
             CROSS JOIN stops b ON b.route_id = ?1 AND b.stop_index > a.stop_index \
             LEFT JOIN fares ON fares.route_id = ?1 AND fares.from_stop_index = a.stop_index \
             AND fares.to_stop_index = b.stop_index \
             WHERE routes.id = ?1 AND ifnull(fares.is_sold, 1) \
             ORDER BY a.stop_index, b.stop_index",
        )?
        .execute([key])?;
    Ok(())
}

pub(crate) fn search(
    connection: &Connection,
    search: &SegmentSearch,
    page: Page,
) -> Result<Paged<SegmentHit>> {
    let mut condition = Where::default();
    let city = |key: &CityKey| text(key.as_str());
    condition.and_some("s.from_key = ?", search.from_city.as_ref(), city);
    condition.and_some("s.to_key = ?", search.to_city.as_ref(), city);
    if search.from_city.is_none() {
        condition.and("s.is_head = 1", []);
    }
    if search.to_city.is_none() {
        condition.and("s.is_tail = 1", []);
    }
    match search.is_active {
        Some(is_active) => condition.and("s.is_active = ?", [is_active.into()]),
        None => condition.and("s.is_active IN (0, 1)", []),
    }
    let (start, end) = bounds(search.departs);
    condition.and("s.departs_at >= ? AND s.departs_at < ?", [start.into(), end.into()]);
    let price = |price: domain::Kurus| Value::from(price.get());
    condition.and_some("s.price >= ?", search.min_price, price);
    condition.and_some("s.price <= ?", search.max_price, price);
    condition.and_some("routes.kind = ?", search.kind, |kind| text(kind.as_str()));
    condition.and_some("routes.bus_id = ?", search.bus_id, |id| blob(id.0));
    let segments = match (&search.from_city, &search.to_city) {
        (Some(_), Some(_)) => "segments s",
        (Some(_), None) => "segments s INDEXED BY segments_to_the_end",
        (None, Some(_)) => "segments s INDEXED BY segments_from_the_start",
        (None, None) => "segments s INDEXED BY segments_of_whole_routes",
    };
    let table = if search.kind.is_some() || search.bus_id.is_some() {
        &format!("{segments} CROSS JOIN routes ON routes.id = s.route_id")
    } else {
        segments
    };
    let found = condition.page(
        connection,
        "s.route_id, s.from_stop_index, s.to_stop_index, s.price",
        table,
        "s.departs_at, s.route_id",
        page,
        |row| Ok((id::<RouteId>(row, "route_id")?, segment(row)?, money(row, "price")?)),
    )?;
    let Paged { items, total, is_limited } = found;
    let hits = items.into_iter().map(|(id, segment, price)| {
        let view = route::required(connection, id)?;
        let taken = seat::taken_on(connection, id, segment)?;
        let free_seats = u64::from(view.route.seat_count).saturating_sub(taken);
        // Not more than the seats of a bus.
        let free_seats = u16::try_from(free_seats).unwrap_or(view.route.seat_count);
        Ok(SegmentHit { view, segment, price, free_seats })
    });
    Ok(Paged { items: hits.collect::<Result<_>>()?, total, is_limited })
}

/// City by city, each with one look at what leaves next: a city costs the same, whether one bus goes
/// there or thousands do.
pub(crate) fn destinations(
    connection: &Connection,
    from_city: &CityKey,
    after: Timestamp,
) -> Result<Vec<String>> {
    let mut next_city = connection.prepare_cached(
        "SELECT to_key FROM segments WHERE from_key = ? AND to_key > ? ORDER BY to_key LIMIT 1",
    )?;
    let mut next_departure = connection.prepare_cached(
        "SELECT stops.name AS name FROM segments CROSS JOIN stops \
         ON stops.route_id = segments.route_id AND stops.stop_index = segments.to_stop_index \
         WHERE segments.from_key = ? AND segments.to_key = ? AND segments.is_active = 1 \
         AND segments.departs_at > ? ORDER BY segments.departs_at, segments.route_id LIMIT 1",
    )?;
    let (mut names, mut city) = (Vec::new(), String::new());
    while let Some(key) = next_city
        .query_row(params![from_city.as_str(), city], |row| row.get::<_, String>("to_key"))
        .optional()?
    {
        let values = params![from_city.as_str(), key, millis(after)];
        names.extend(next_departure.query_row(values, |row| row.get("name")).optional()?);
        city = key;
    }
    Ok(names)
}

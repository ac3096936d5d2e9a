//! Questions about many routes: lists, search by segment, popular pairs, destinations, figures.

use domain::{CityKey, Refusal, RouteId};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use store::{
    Page, Paged, PopularPair, RouteFilter, RouteOccupancy, RouteStats, RouteView,
    SEARCH_ROUTES_MAX, SegmentSearch,
};

use super::{Where, blob, counts, route, seat, text};
use crate::column::{bounds, count, id, millis, route_kind};
use crate::fault::Result;

fn loaded(connection: &Connection, id: RouteId) -> Result<RouteView> {
    Ok(route::by_id(connection, id)?.ok_or(Refusal::RouteNotFound)?)
}

pub(crate) fn list(
    connection: &Connection,
    filter: &RouteFilter,
    page: Page,
) -> Result<Paged<RouteView>> {
    let mut condition = Where::default();
    condition.and_some("is_active = ?", filter.is_active, Value::from);
    condition.and_some("kind = ?", filter.kind, |kind| text(kind.as_str()));
    condition.and_some("bus_id = ?", filter.bus_id, |id| blob(id.0));
    if let Some((start, end)) = filter.departs.map(bounds) {
        condition.and("departs_at >= ? AND departs_at < ?", [start.into(), end.into()]);
    }
    let key = |key: &CityKey| text(key.as_str());
    match (&filter.from_city, &filter.to_city) {
        (Some(from), Some(to)) => condition.and(
            "EXISTS (SELECT 1 FROM stops a JOIN stops b ON b.route_id = a.route_id AND \
             b.stop_index > a.stop_index WHERE a.route_id = routes.id AND a.city_key = ? AND \
             b.city_key = ?)",
            [key(from), key(to)],
        ),
        (Some(from), None) => condition.and(
            "EXISTS (SELECT 1 FROM stops a JOIN stops b ON b.route_id = a.route_id AND \
             b.stop_index > a.stop_index WHERE a.route_id = routes.id AND a.city_key = ?)",
            [key(from)],
        ),
        (None, Some(to)) => condition.and(
            "EXISTS (SELECT 1 FROM stops b WHERE b.route_id = routes.id AND b.stop_index > 0 AND \
             b.city_key = ?)",
            [key(to)],
        ),
        (None, None) => {}
    }
    let ids =
        condition.page(connection, "id", "routes", "departs_at, id", page, |row| id(row, "id"))?;
    let items =
        ids.items.into_iter().map(|id| loaded(connection, id)).collect::<Result<Vec<_>>>()?;
    Ok(Paged { items, total: ids.total })
}

pub(crate) fn search(
    connection: &Connection,
    search: &SegmentSearch,
) -> Result<Vec<RouteOccupancy>> {
    let mut condition = Where::default();
    condition.and("a.city_key = ?", [text(search.from_city.as_str())]);
    condition.and("b.city_key = ?", [text(search.to_city.as_str())]);
    let (start, end) = bounds(search.departs);
    condition.and("a.time >= ? AND a.time < ?", [start.into(), end.into()]);
    condition.and_some("routes.is_active = ?", search.is_active, Value::from);
    condition.and_some("routes.kind = ?", search.kind, |kind| text(kind.as_str()));
    condition.and_some("routes.bus_id = ?", search.bus_id, |id| blob(id.0));
    let ids = condition.page(
        connection,
        "routes.id AS id",
        "stops a JOIN stops b ON b.route_id = a.route_id AND b.stop_index > a.stop_index \
         JOIN routes ON routes.id = a.route_id",
        "a.time, routes.id",
        Page { offset: 0, limit: SEARCH_ROUTES_MAX },
        |row| id(row, "id"),
    )?;
    ids.items
        .into_iter()
        .map(|id| {
            let view = loaded(connection, id)?;
            let taken = seat::taken(connection, id)?;
            Ok(RouteOccupancy { view, taken })
        })
        .collect()
}

pub(crate) fn popular_pairs(connection: &Connection, limit: usize) -> Result<Vec<PopularPair>> {
    let pairs = connection
        .prepare_cached(
            "SELECT from_city, to_city, count(*) AS total FROM tickets \
             GROUP BY city_key(from_city), city_key(to_city) \
             ORDER BY total DESC, from_city, to_city LIMIT ?",
        )?
        .query_map([limit], |row| {
            Ok(PopularPair {
                from_city: row.get("from_city")?,
                to_city: row.get("to_city")?,
                ticket_count: count(row, "total")?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(pairs)
}

pub(crate) fn destinations(
    connection: &Connection,
    from_city: &CityKey,
    now: Timestamp,
) -> Result<Vec<String>> {
    let names = connection
        .prepare_cached(
            "SELECT min(b.name) AS name FROM stops a JOIN stops b ON b.route_id = a.route_id AND \
             b.stop_index > a.stop_index JOIN routes ON routes.id = a.route_id \
             WHERE a.city_key = ? AND a.time > ? AND routes.is_active \
             GROUP BY b.city_key ORDER BY b.city_key",
        )?
        .query_map(params![from_city.as_str(), millis(now)], |row| row.get("name"))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(names)
}

pub(crate) fn stats(connection: &Connection, now: Timestamp) -> Result<RouteStats> {
    let (total, active, upcoming) = connection
        .prepare_cached(
            "SELECT count(*) AS total, count(*) FILTER (WHERE is_active) AS active, \
             count(*) FILTER (WHERE is_active AND departs_at > ?) AS upcoming FROM routes",
        )?
        .query_row([millis(now)], |row| {
            Ok((count(row, "total")?, count(row, "active")?, count(row, "upcoming")?))
        })?;
    let by_kind = counts(
        connection,
        "SELECT kind AS key, count(*) AS total FROM routes GROUP BY key ORDER BY key",
        route_kind,
    )?;
    Ok(RouteStats { total, active, upcoming, by_kind })
}

//! Questions about many routes: lists, popular pairs, figures. A traveller's search is in
//! [`super::segment`].

use domain::RouteId;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use store::{Page, Paged, PopularPair, RouteFigures, RouteFilter, RouteStats, RouteView};

use super::{Where, blob, text};
use crate::column::{bounds, count, id, millis, route_kind};
use crate::fault::Result;
use crate::known_routes::KnownRoutes;

pub(crate) fn list(
    connection: &Connection,
    known: &KnownRoutes,
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
    let table = match (filter.bus_id, filter.kind, filter.is_active) {
        // A bus leaves once or twice a day: the other filters are looked up in its departures.
        (Some(_), _, _) => "routes INDEXED BY routes_by_bus",
        (None, Some(_), Some(_)) => "routes INDEXED BY routes_by_kind_and_activity",
        (None, Some(_), None) => "routes INDEXED BY routes_by_kind",
        (None, None, Some(_)) => "routes INDEXED BY routes_by_activity",
        (None, None, None) => "routes INDEXED BY routes_by_departure",
    };
    let order = "departs_at, id";
    let found =
        condition.page(connection, "id", table, order, page, |row| id::<RouteId>(row, "id"))?;
    let Paged { items, total, is_limited } = found;
    let views = items.into_iter().map(|id| known.required(connection, id));
    Ok(Paged { items: views.collect::<Result<_>>()?, total, is_limited })
}

pub(crate) fn popular_pairs(connection: &Connection, limit: usize) -> Result<Vec<PopularPair>> {
    let pairs = connection
        .prepare_cached(
            "SELECT from_city, to_city, live FROM city_pairs INDEXED BY city_pairs_by_live \
             WHERE live > 0 ORDER BY live DESC, from_key, to_key LIMIT ?",
        )?
        .query_map([limit], |row| {
            Ok(PopularPair {
                from_city: row.get("from_city")?,
                to_city: row.get("to_city")?,
                ticket_count: count(row, "live")?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(pairs)
}

/// The length of a day in `route_figures`.
const DAY_MILLIS: i64 = 86_400_000;

/// Summed over kinds and over the days that have departures on sale; only those of the current day
/// are counted one by one.
pub(crate) fn stats(connection: &Connection, now: Timestamp) -> Result<RouteStats> {
    let mut totals = connection
        .prepare_cached("SELECT kind, is_active, routes FROM route_totals WHERE routes > 0")?;
    let totals = totals.query_map([], |row| {
        let (kind, is_active) = (route_kind(row, "kind")?, row.get("is_active")?);
        Ok(RouteFigures { kind, is_active, routes: count(row, "routes")? })
    })?;
    let totals = totals.collect::<rusqlite::Result<Vec<_>>>()?;
    let now = millis(now);
    let day = now.div_euclid(DAY_MILLIS);
    let later = connection
        .prepare_cached(
            "SELECT ifnull(sum(routes), 0) AS routes FROM route_figures \
             WHERE kind IN ('STANDARD', 'EXPRESS', 'VIP', 'LUXURY') AND is_active = 1 AND day > ?",
        )?
        .query_row([day], |row| count(row, "routes"))?;
    let today = connection
        .prepare_cached(
            "SELECT count(*) AS routes FROM routes INDEXED BY routes_by_activity \
             WHERE is_active = 1 AND departs_at > ? AND departs_at < ?",
        )?
        .query_row(params![now, (day + 1) * DAY_MILLIS], |row| count(row, "routes"))?;
    Ok(RouteStats::sum(totals, later + today))
}

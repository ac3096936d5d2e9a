//! `segments`: what travellers can search for, one row for each pair of stops that is sold.
//!
//! Written with its route. A search reads the rows that it answers with, in their order, and no
//! route that it does not show.

use domain::{CityKey, Kurus, RouteId, Segment};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};
use store::{COUNTED_MAX, Page, Paged, SegmentHit, SegmentSearch};

use super::{Where, blob, seat, text};
use crate::column::{bounds, bytes, count, id, millis, money, segment, signed};
use crate::fault::Result;
use crate::known_routes::KnownRoutes;

/// Writes a route's segments again, from its stops and fares. Of two stops in one city the first
/// one counts, as it does for a traveller who names that city.
pub(crate) fn write(connection: &Connection, route_id: RouteId) -> Result<()> {
    let key = bytes(route_id.0);
    connection.prepare_cached("DELETE FROM segments WHERE route_id = ?")?.execute([key])?;
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO segments \
             SELECT a.city_key, b.city_key, routes.is_active, a.time, routes.id, a.stop_index, \
             b.stop_index, ifnull(fares.price, routes.price), a.stop_index = 0, \
             b.stop_index = (SELECT max(stop_index) FROM stops WHERE stops.route_id = ?1), \
             routes.kind, routes.bus_id \
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

/// Departures that are looked at one by one for a search by a field that no index is ordered by:
/// price, kind, bus.
const LOOKED_AT_MAX: u64 = 5_000;

pub(crate) fn search(
    connection: &Connection,
    known: &KnownRoutes,
    search: &SegmentSearch,
    page: Page,
) -> Result<Paged<SegmentHit>> {
    let found = Departures::of(search).page(connection, &rest(search), page)?;
    let Paged { items, total, is_limited } = found;
    let hits = items.into_iter().map(|Row { route_id, segment, price, .. }| {
        let view = known.required(connection, route_id)?;
        let taken = seat::taken_on(connection, route_id, segment)?;
        let free_seats = u64::from(view.route.seat_count).saturating_sub(taken);
        // Not more than the seats of a bus.
        let free_seats = u16::try_from(free_seats).unwrap_or(view.route.seat_count);
        Ok(SegmentHit { view, segment, price, free_seats })
    });
    Ok(Paged { items: hits.collect::<Result<_>>()?, total, is_limited })
}

/// The parts of a search that no index is ordered by. Every index has their columns.
fn rest(search: &SegmentSearch) -> Where {
    let mut rest = Where::default();
    let price = |price: Kurus| Value::from(price.get());
    rest.and_some("s.price >= ?", search.min_price, price);
    rest.and_some("s.price <= ?", search.max_price, price);
    rest.and_some("s.kind = ?", search.kind, |kind| text(kind.as_str()));
    rest.and_some("s.bus_id = ?", search.bus_id, |id| blob(id.0));
    rest
}

/// The rows of one index between two times, soonest first. Rows on sale and off sale are two ranges
/// of it: a search for both reads them merged, and costs what it shows, not what is stored.
struct Departures {
    /// Takes whether the rows are on sale, then [`Departures::values`].
    rows: String,
    values: Vec<Value>,
    on_sale: Vec<bool>,
}

struct Row {
    departs_at: i64,
    route_id: RouteId,
    segment: Segment,
    price: Kurus,
}

impl Departures {
    fn of(search: &SegmentSearch) -> Self {
        let mut range = Where::default();
        let city = |key: &CityKey| text(key.as_str());
        range.and_some("s.from_key = ?", search.from_city.as_ref(), city);
        range.and_some("s.to_key = ?", search.to_city.as_ref(), city);
        if search.from_city.is_none() {
            range.and("s.is_head = 1", []);
        }
        if search.to_city.is_none() {
            range.and("s.is_tail = 1", []);
        }
        let (start, end) = bounds(search.departs);
        range.and("s.departs_at >= ? AND s.departs_at < ?", [start.into(), end.into()]);
        let segments = match (&search.from_city, &search.to_city) {
            (Some(_), Some(_)) => "segments s",
            (Some(_), None) => "segments s INDEXED BY segments_to_the_end",
            (None, Some(_)) => "segments s INDEXED BY segments_from_the_start",
            (None, None) => "segments s INDEXED BY segments_of_whole_routes",
        };
        Self {
            rows: format!("FROM {segments} {} AND s.is_active = ?", range.sql()),
            values: range.values().to_vec(),
            on_sale: search
                .is_active
                .map_or_else(|| vec![true, false], |is_active| vec![is_active]),
        }
    }

    /// The values of one range.
    fn range(&self, on_sale: bool) -> impl Iterator<Item = Value> {
        self.values.iter().cloned().chain([Value::from(on_sale)])
    }

    /// How many rows there are. If nothing is off sale, that range is left out from now on: to
    /// merge two ranges costs more than to read one.
    fn count(&mut self, connection: &Connection, max: u64) -> Result<u64> {
        let sql = format!("SELECT count(*) AS total FROM (SELECT 1 {} LIMIT ?)", self.rows);
        let mut statement = connection.prepare_cached(&sql)?;
        let (mut counted, mut of_last) = (0, 0);
        for on_sale in &self.on_sale {
            let values = self.range(*on_sale).chain([Value::from(signed(max))]);
            of_last = statement.query_row(params_from_iter(values), |row| count(row, "total"))?;
            counted += of_last;
        }
        if self.on_sale.len() > 1 && of_last == 0 {
            self.on_sale.pop();
        }
        Ok(counted)
    }

    /// All rows, soonest first, as a statement without its limit, and its values. `more` columns
    /// than a [`Row`] has may be asked for.
    fn soonest(&self, more: &str) -> (String, Vec<Value>) {
        let rows = format!(
            "SELECT s.route_id, s.from_stop_index, s.to_stop_index, s.price, s.departs_at{more} {}",
            self.rows
        );
        let ranges = vec![rows.as_str(); self.on_sale.len()].join(" UNION ALL ");
        let values = self.on_sale.iter().flat_map(|on_sale| self.range(*on_sale)).collect();
        (format!("{ranges} ORDER BY departs_at, route_id"), values)
    }

    fn page(mut self, connection: &Connection, rest: &Where, page: Page) -> Result<Paged<Row>> {
        if rest.is_empty() {
            let counted = self.count(connection, COUNTED_MAX + 1)?;
            return Ok(Paged::counted(self.items(connection, page)?, counted));
        }
        let is_limited = self.count(connection, LOOKED_AT_MAX + 1)? > LOOKED_AT_MAX;
        Ok(page.of_looked_at(self.matching(connection, rest)?, is_limited))
    }

    /// The rows of a page. They are in the index, as those that it skips are.
    fn items(&self, connection: &Connection, page: Page) -> Result<Vec<Row>> {
        let (soonest, mut values) = self.soonest("");
        values.extend([signed(page.limit).into(), signed(page.offset).into()]);
        rows(connection, &format!("{soonest} LIMIT ? OFFSET ?"), values)
    }

    /// Those of the rows that may be looked at which the rest lets through. All of them are read at
    /// once: to count them first would look at each row twice.
    fn matching(&self, connection: &Connection, rest: &Where) -> Result<Vec<Row>> {
        let (soonest, mut values) = self.soonest(", s.kind, s.bus_id");
        values.push(signed(LOOKED_AT_MAX).into());
        values.extend_from_slice(rest.values());
        let sql = format!(
            "SELECT s.route_id, s.from_stop_index, s.to_stop_index, s.price, s.departs_at \
             FROM ({soonest} LIMIT ?) s {}",
            rest.sql()
        );
        rows(connection, &sql, values)
    }
}

/// Soonest first. SQLite promises an order only of the statement that is asked for it, and not of
/// what is then chosen from its rows.
fn rows(connection: &Connection, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
    let mut rows = connection
        .prepare_cached(sql)?
        .query_map(params_from_iter(values), |row| {
            Ok(Row {
                departs_at: row.get("departs_at")?,
                route_id: id(row, "route_id")?,
                segment: segment(row)?,
                price: money(row, "price")?,
            })
        })?
        .collect::<rusqlite::Result<Vec<Row>>>()?;
    rows.sort_unstable_by_key(|row| (row.departs_at, row.route_id));
    Ok(rows)
}

/// City by city, each with one look for the next departure: a city costs the same for one bus and
/// for thousands.
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

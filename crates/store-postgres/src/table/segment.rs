//! `segments`: what travellers can search for, one row for each pair of stops that is sold.
//!
//! Written with its route. A search reads the rows that it answers with, in their order, and no
//! route that it does not show.

use domain::{CityKey, Kurus, Refusal, RouteId, RouteKind, Segment};
use jiff::Timestamp;
use store::{COUNTED_MAX, Page, Paged, SegmentHit, SegmentSearch};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::route_view;
use crate::column::{at, count, get, id, money, segment, signed};
use crate::condition::{Value, Where};
use crate::db::Db;
use crate::fault::Result;

/// Writes a route's segments again, from its stops and fares. Of two stops in one city the first
/// one counts, as it does for a traveller who names that city.
pub(super) async fn write(db: Db<'_>, route_id: RouteId) -> Result<()> {
    db.execute("DELETE FROM segments WHERE route_id = $1", &[&route_id.0]).await?;
    db.execute(
        "INSERT INTO segments (from_key, to_key, is_active, departs_at, route_id, from_stop_index, \
         to_stop_index, price, is_head, is_tail, kind, bus_id) \
         SELECT a.city_key, b.city_key, routes.is_active, a.time, routes.id, a.stop_index, \
         b.stop_index, coalesce(fares.price, routes.price), a.stop_index = 0, \
         b.stop_index = (SELECT max(stop_index) FROM stops WHERE stops.route_id = $1), \
         routes.kind, routes.bus_id FROM routes JOIN stops a ON a.route_id = $1 \
         JOIN stops b ON b.route_id = $1 AND b.stop_index > a.stop_index \
         LEFT JOIN fares ON fares.route_id = $1 AND fares.from_stop_index = a.stop_index \
         AND fares.to_stop_index = b.stop_index \
         WHERE routes.id = $1 AND coalesce(fares.is_sold, true) \
         ORDER BY a.stop_index, b.stop_index ON CONFLICT DO NOTHING",
        &[&route_id.0],
    )
    .await
    .map(drop)
}

/// Departures that are looked at one by one for a search by a field that no index is ordered by:
/// price, kind, bus.
const LOOKED_AT_MAX: u64 = 5_000;

pub(crate) async fn search(
    db: Db<'_>,
    search: &SegmentSearch,
    page: Page,
) -> Result<Paged<SegmentHit>> {
    let Paged { items, total, is_limited } = Departures::of(search).page(db, page).await?;
    let routes: Vec<RouteId> = items.iter().map(|(id, ..)| *id).collect();
    let views = route_view::by_ids(db, &routes).await?;
    let taken = taken_on(db, &items).await?;
    let hits = items.into_iter().zip(taken).map(|((id, segment, price), taken)| {
        let view = views.get(&id).cloned().ok_or(Refusal::RouteNotFound)?;
        let free_seats = u64::from(view.route.seat_count).saturating_sub(taken);
        // Not more than the seats of a bus.
        let free_seats = u16::try_from(free_seats).unwrap_or(view.route.seat_count);
        Ok(SegmentHit { view, segment, price, free_seats })
    });
    Ok(Paged { items: hits.collect::<Result<_>>()?, total, is_limited })
}

/// Seats of which a leg of the segment is taken, for each hit.
async fn taken_on(db: Db<'_>, hits: &[Found]) -> Result<Vec<u64>> {
    if hits.is_empty() {
        return Ok(Vec::new());
    }
    let routes: Vec<Uuid> = hits.iter().map(|(id, ..)| id.0).collect();
    let legs = |leg: fn(&Segment) -> u8| -> Vec<i16> {
        hits.iter().map(|(_, segment, _)| i16::from(leg(segment))).collect()
    };
    let (first, end) = (legs(|segment| segment.legs().start), legs(|segment| segment.legs().end));
    let found = db.rows("SELECT place, (SELECT count(DISTINCT seat_number) FROM seat_legs \
         WHERE seat_legs.route_id = hit.route_id AND leg >= hit.first AND leg < hit.behind) AS taken \
         FROM unnest($1::uuid[], $2::smallint[], $3::smallint[]) WITH ORDINALITY \
         AS hit (route_id, first, behind, place)",
        &[&routes, &first, &end],
    )
    .await?;
    let mut taken = vec![0; hits.len()];
    for row in &found {
        let place = usize::try_from(count(row, "place")?).unwrap_or(usize::MAX);
        if let Some(taken) = taken.get_mut(place - 1) {
            *taken = count(row, "taken")?;
        }
    }
    Ok(taken)
}

/// The rows of one index between two times, soonest first. Rows on sale and off sale are two ranges
/// of it: a search for both reads them merged, and costs what it shows, not what is stored.
struct Departures {
    range: Where,
    /// The parts of a search that no index is ordered by. Every index has their columns.
    rest: Vec<(&'static str, Value)>,
    on_sale: &'static [&'static str],
}

type Found = (RouteId, Segment, Kurus);

impl Departures {
    fn of(search: &SegmentSearch) -> Self {
        let mut range = Where::default();
        let city = |key: &CityKey| key.as_str().to_owned();
        match &search.from_city {
            Some(key) => range.and_some("s.from_key = ?", Some(key), city),
            None => range.and("s.is_head"),
        }
        match &search.to_city {
            Some(key) => range.and_some("s.to_key = ?", Some(key), city),
            None => range.and("s.is_tail"),
        }
        range.and_some("s.departs_at >= ?", Some(search.departs.start), at);
        range.and_some("s.departs_at < ?", Some(search.departs.end), at);
        let price = |price: Kurus| -> Value { Box::new(price.get()) };
        let kind = |kind: RouteKind| -> Value { Box::new(kind.as_str()) };
        let rest = [
            ("s.price >= ?", search.min_price.map(price)),
            ("s.price <= ?", search.max_price.map(price)),
            ("s.kind = ?", search.kind.map(kind)),
            ("s.bus_id = ?", search.bus_id.map(|id| -> Value { Box::new(id.0) })),
        ];
        let rest = rest.into_iter().filter_map(|(sql, value)| Some((sql, value?))).collect();
        let on_sale: &[&str] = match search.is_active {
            Some(true) => &["s.is_active"],
            Some(false) => &["NOT s.is_active"],
            None => &["s.is_active", "NOT s.is_active"],
        };
        Self { range, rest, on_sale }
    }

    /// A statement for each range.
    fn ranges(&self, columns: &str, behind: &str) -> String {
        let condition = self.range.sql();
        let range = |is_active| {
            format!("(SELECT {columns} FROM segments s {condition} AND {is_active} {behind})")
        };
        self.on_sale.iter().map(range).collect::<Vec<_>>().join(" UNION ALL ")
    }

    /// The rows, soonest first; of each range as many as the value with the number `max`.
    /// PostgreSQL does not merge the two by itself: it would sort all of both.
    fn soonest(&self, max: usize) -> String {
        let columns = "s.route_id, s.from_stop_index, s.to_stop_index, s.price, s.departs_at, s.kind, \
             s.bus_id";
        let behind = format!("ORDER BY s.departs_at, s.route_id LIMIT ${max}");
        format!("SELECT * FROM ({}) u ORDER BY departs_at, route_id", self.ranges(columns, &behind))
    }

    async fn page(self, db: Db<'_>, page: Page) -> Result<Paged<Found>> {
        let next = self.range.next();
        let count_max = if self.rest.is_empty() { COUNTED_MAX } else { LOOKED_AT_MAX };
        let max = signed(count_max + 1);
        let all = self.ranges("1", "");
        let counted = format!("SELECT count(*) AS total FROM ({all} LIMIT ${next}) s");
        let counted = count(&db.one(&counted, &self.range.values(&[&max])).await?, "total")?;
        if self.rest.is_empty() {
            return Ok(Paged::counted(self.items(db, page).await?, counted));
        }
        Ok(page.of_looked_at(self.matching(db).await?, counted > LOOKED_AT_MAX))
    }

    /// The rows of a page. They are in the index, as those that it skips are.
    async fn items(&self, db: Db<'_>, page: Page) -> Result<Vec<Found>> {
        let next = self.range.next();
        let sql = format!("{} LIMIT ${} OFFSET ${}", self.soonest(next), next + 1, next + 2);
        let (limit, offset) = (signed(page.limit), signed(page.offset));
        let reached = signed(page.limit.saturating_add(page.offset));
        found(db, &sql, &self.range.values(&[&reached, &limit, &offset])).await
    }

    /// Those of the rows that may be looked at which the rest lets through. All of them are read at
    /// once: to count them first would look at each row twice.
    async fn matching(mut self, db: Db<'_>) -> Result<Vec<Found>> {
        // The conditions of the rest are numbered behind the range's and the limit.
        let next = self.range.push(Box::new(signed(LOOKED_AT_MAX)));
        let soonest = self.soonest(next);
        let Self { mut range, rest, .. } = self;
        let conditions = rest.into_iter().map(|(sql, value)| range.numbered(sql, value));
        let conditions = conditions.collect::<Vec<_>>().join(" AND ");
        let sql = format!(
            "SELECT s.route_id, s.from_stop_index, s.to_stop_index, s.price \
             FROM ({soonest} LIMIT ${next}) s WHERE {conditions} \
             ORDER BY s.departs_at, s.route_id"
        );
        found(db, &sql, &range.values(&[])).await
    }
}

async fn found(db: Db<'_>, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Found>> {
    let hit = |row: &Row| Ok((id(row, "route_id")?, segment(row)?, money(row, "price")?));
    db.rows(sql, values).await?.iter().map(hit).collect()
}

/// City by city, each with one look for the next departure: a city costs the same for one bus and
/// for thousands.
pub(crate) async fn destinations(
    db: Db<'_>,
    from_city: &CityKey,
    after: Timestamp,
) -> Result<Vec<String>> {
    let found = db
        .rows(
            "WITH RECURSIVE cities (to_key) AS ((SELECT to_key FROM segments WHERE from_key = $1 \
         ORDER BY to_key LIMIT 1) UNION ALL SELECT (SELECT s.to_key FROM segments s \
         WHERE s.from_key = $1 AND s.to_key > cities.to_key ORDER BY s.to_key LIMIT 1) FROM cities \
         WHERE cities.to_key IS NOT NULL) \
         SELECT next.name FROM cities CROSS JOIN LATERAL (SELECT stops.name FROM segments s \
         JOIN stops ON stops.route_id = s.route_id AND stops.stop_index = s.to_stop_index \
         WHERE s.from_key = $1 AND s.to_key = cities.to_key AND s.is_active AND s.departs_at > $2 \
         ORDER BY s.departs_at, s.route_id LIMIT 1) next \
         WHERE cities.to_key IS NOT NULL ORDER BY cities.to_key",
            &[&from_city.as_str(), &at(after)],
        )
        .await?;
    found.iter().map(|row| get(row, "name")).collect()
}

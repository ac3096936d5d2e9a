//! The source of a list of tickets: the index that gives the fewest tickets to look at.
//!
//! Every index gives tickets newest first within one facet, or (by route, by day) few enough to be
//! sorted. An index and the facets together answer a filter exactly when it has no other field;
//! every other field is looked up in each ticket ([`super::ticket_list`]).

use domain::CityKey;
use domain::calendar::TimeRange;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use store::{Facets, TicketFilter, TicketIndex};

use super::newest::{Key, Newest, Range, Statements, newest};
use super::{blob, text, ticket};
use crate::column::{bounds, count, signed};
use crate::db::Db;
use crate::fault::Result;

/// The most tickets of one route or one day that are gathered. A bus has some dozens of seats and a
/// company some thousand tickets a day, so this is reached only by what is not normal.
const GATHERED_MAX: u64 = 50_000;

/// Where the tickets come from, newest first.
#[derive(Debug)]
pub(crate) enum Driver {
    /// Ranges of an index, and the same ranges to be counted.
    Ranges(Vec<Range>, Runs),
    /// Ranges over all tickets. Their figures are kept, so nothing is counted.
    Everything(Vec<Range>, Facets),
    Gathered(Vec<Key>),
}

/// Neighbouring ranges that one statement counts.
#[derive(Debug)]
pub(crate) struct Runs {
    /// The key of some neighbouring ranges, then how many rows to count.
    counted: &'static str,
    keys: Vec<Vec<Value>>,
}

impl Runs {
    fn count(&self, connection: &Connection, max: u64) -> Result<u64> {
        let mut statement = connection.prepare_cached(self.counted)?;
        let mut total = 0;
        for key in &self.keys {
            let left = Value::from(signed(max - total));
            let key = params_from_iter(key.iter().chain([&left]));
            total += statement.query_row(key, |row| count(row, "total"))?;
            if total >= max {
                break;
            }
        }
        Ok(total)
    }
}

impl Driver {
    pub(crate) fn open(connection: &Db, by: TicketIndex, filter: &TicketFilter) -> Result<Self> {
        let facets = Facets::of(filter.status, filter.payment_status, filter.gender);
        // A range without any ticket need not be read.
        let facets = facets.and(ticket::facets_in_use(connection)?);
        let one = |value: Value| vec![vec![value]];
        // A row stands under one of them.
        let texts = |texts: Option<Vec<String>>| -> Vec<Vec<Value>> {
            texts.unwrap_or_default().into_iter().map(|one| vec![text(one)]).collect()
        };
        let id = |id: Option<uuid::Uuid>| id.map_or(Value::Null, blob);
        Ok(match by {
            TicketIndex::Pnr => {
                let rank = filter.pnr.as_ref().and_then(|pnr| connection.pnr_order().rank(pnr));
                gather(
                    connection,
                    "SELECT id FROM tickets INDEXED BY tickets_by_booking \
                     WHERE booking_id = (SELECT id FROM bookings WHERE pnr_rank = ?) LIMIT ?",
                    vec![rank.into()],
                )?
            }
            TicketIndex::Route => gather(
                connection,
                "SELECT id FROM tickets INDEXED BY tickets_by_route \
                 WHERE route_id = ? AND (? >> facet) & 1 LIMIT ?",
                vec![id(filter.route_id.map(|id| id.0)), facets.mask().into()],
            )?,
            TicketIndex::Departure => departing(connection, filter, facets)?,
            TicketIndex::Identity => {
                let number = filter.identity_number.as_ref();
                let number = number.map(|number| connection.keys().identity_lookups(number));
                by_index(IDENTITY, &texts(number), facets)
            }
            TicketIndex::Phone => {
                let phone = filter.phone.as_ref();
                let phone = phone.map(|phone| connection.keys().phone_lookups(phone));
                by_index(PHONE, &texts(phone), facets)
            }
            TicketIndex::User => by_index(USER, &one(id(filter.user_id.map(|id| id.0))), facets),
            TicketIndex::Issuer => {
                by_index(ISSUER, &one(id(filter.issued_by_id.map(|id| id.0))), facets)
            }
            TicketIndex::Cities => by_index(CITIES, &city_pairs(connection, filter)?, facets),
            TicketIndex::Everything => {
                let key = |facet| vec![Value::from(facet)];
                let range = |facet| Range { statements: FACET, key: key(facet) };
                Self::Everything(facets.iter().map(range).collect(), facets)
            }
        })
    }

    /// Counts its tickets, up to `max`.
    pub(crate) fn count(&self, connection: &Connection, max: u64) -> Result<u64> {
        match self {
            Self::Ranges(_, runs) => runs.count(connection, max),
            Self::Everything(_, facets) => {
                let figures = ticket::figures(connection)?;
                let counts = figures.iter().filter(|figures| facets.has(figures.facet));
                Ok(counts.map(|figures| figures.tickets).sum::<u64>().min(max))
            }
            Self::Gathered(ids) => Ok(max.min(ids.len() as u64)),
        }
    }

    /// Some of the newest, and how many there are, counted up to `count_max`.
    pub(crate) fn newest(
        &self,
        connection: &Connection,
        skip: u64,
        take: u64,
        count_max: u64,
    ) -> Result<Newest> {
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        match self {
            Self::Ranges(ranges, _) => newest(connection, ranges, skip, take, count_max),
            Self::Everything(ranges, _) => {
                let found = newest(connection, ranges, skip, take, 0)?;
                Ok(Newest { total: self.count(connection, count_max)?, ..found })
            }
            Self::Gathered(ids) => {
                let ids = ids.iter().skip(size(skip)).take(size(take)).copied().collect();
                Ok(Newest { ids, total: self.count(connection, count_max)? })
            }
        }
    }
}

/// The statements that read an index by a key and the facet: one facet newest first, its rows older
/// than an id, and neighbouring facets counted.
macro_rules! by_key {
    ($index:literal, $key:literal) => {
        (
            Statements {
                newest: concat!(
                    "SELECT id FROM tickets INDEXED BY ",
                    $index,
                    " WHERE ",
                    $key,
                    " AND facet = ? AND id < ? ORDER BY id DESC LIMIT ? OFFSET ?"
                ),
                older: Some(concat!(
                    "SELECT count(*) AS total FROM (SELECT 1 FROM tickets INDEXED BY ",
                    $index,
                    " WHERE ",
                    $key,
                    " AND facet = ? AND id < ? LIMIT ?)"
                )),
            },
            concat!(
                "SELECT count(*) AS total FROM (SELECT 1 FROM tickets INDEXED BY ",
                $index,
                " WHERE ",
                $key,
                " AND facet BETWEEN ? AND ? LIMIT ?)"
            ),
        )
    };
}

/// The statements of one range, and the one that counts neighbouring ranges.
type ByKey = (Statements, &'static str);

const IDENTITY: ByKey = by_key!("tickets_by_identity", "identity_number = ?");
const PHONE: ByKey = by_key!("tickets_by_phone", "phone = ?");
const USER: ByKey = by_key!("tickets_by_user", "user_id = ?");
const ISSUER: ByKey = by_key!("tickets_by_issuer", "issued_by_id = ?");
const CITIES: ByKey = by_key!("tickets_by_cities", "from_key = ? AND to_key = ?");
const FACET: Statements = Statements {
    newest: "SELECT id FROM tickets INDEXED BY tickets_by_facet \
         WHERE facet = ? AND id < ? ORDER BY id DESC LIMIT ? OFFSET ?",
    // Their figures are kept.
    older: None,
};

/// One range for each key and facet.
fn by_index((statements, counted): ByKey, keys: &[Vec<Value>], facets: Facets) -> Driver {
    let behind = |key: &Vec<Value>, facets: &[i64]| {
        key.iter().cloned().chain(facets.iter().copied().map(Value::from)).collect::<Vec<_>>()
    };
    let all = facets.iter().collect::<Vec<_>>();
    let runs = facets.runs();
    let ranges = keys.iter().flat_map(|key| all.iter().map(move |facet| behind(key, &[*facet])));
    let runs = keys
        .iter()
        .flat_map(|key| runs.iter().map(move |(first, last)| behind(key, &[*first, *last])));
    Driver::Ranges(
        ranges.map(|key| Range { statements, key }).collect(),
        Runs { counted, keys: runs.collect() },
    )
}

/// The pairs of cities that the filter means. Their number does not grow with the tickets.
fn city_pairs(connection: &Connection, filter: &TicketFilter) -> Result<Vec<Vec<Value>>> {
    let pair = |from: &CityKey, to: &CityKey| vec![text(from.as_str()), text(to.as_str())];
    let (sql, city) = match (&filter.from_city, &filter.to_city) {
        (Some(from), Some(to)) => return Ok(vec![pair(from, to)]),
        (Some(from), None) => {
            ("SELECT from_key, to_key FROM city_pairs WHERE from_key = ? ORDER BY to_key", from)
        }
        (None, Some(to)) => (
            "SELECT from_key, to_key FROM city_pairs INDEXED BY city_pairs_by_end \
             WHERE to_key = ? ORDER BY from_key",
            to,
        ),
        (None, None) => return Ok(Vec::new()),
    };
    let pairs = connection
        .prepare_cached(sql)?
        .query_map([city.as_str()], |row| Ok(vec![row.get("from_key")?, row.get("to_key")?]))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(pairs)
}

/// By the day, through the stops that buses leave on it: an index over the tickets themselves would
/// have to be written with every sale.
fn departing(connection: &Connection, filter: &TicketFilter, facets: Facets) -> Result<Driver> {
    let Some((start, end)) = filter.departs.map(|range: TimeRange| bounds(range)) else {
        return Ok(Driver::Gathered(Vec::new()));
    };
    let city = |key: &CityKey| text(key.as_str());
    let (sql, mut values): (&str, Vec<Value>) = match (&filter.from_city, &filter.to_city) {
        (None, None) => (
            "SELECT t.id FROM stops a INDEXED BY stops_by_time \
             CROSS JOIN tickets t INDEXED BY tickets_by_route \
             ON t.route_id = a.route_id AND t.from_stop_index = a.stop_index \
             WHERE a.time >= ? AND a.time < ? AND (? >> t.facet) & 1 LIMIT ?",
            vec![],
        ),
        (Some(from), None) => (
            "SELECT t.id FROM stops a INDEXED BY stops_by_city \
             CROSS JOIN tickets t INDEXED BY tickets_by_route \
             ON t.route_id = a.route_id AND t.from_stop_index = a.stop_index \
             WHERE a.city_key = ? AND a.time >= ? AND a.time < ? AND (? >> t.facet) & 1 LIMIT ?",
            vec![city(from)],
        ),
        (None, Some(to)) => (
            "SELECT t.id FROM stops a INDEXED BY stops_by_time \
             CROSS JOIN stops b ON b.route_id = a.route_id AND b.stop_index > a.stop_index \
             CROSS JOIN tickets t INDEXED BY tickets_by_route ON t.route_id = a.route_id \
             AND t.from_stop_index = a.stop_index AND t.to_stop_index = b.stop_index \
             WHERE b.city_key = ? AND a.time >= ? AND a.time < ? AND (? >> t.facet) & 1 LIMIT ?",
            vec![city(to)],
        ),
        (Some(from), Some(to)) => (
            "SELECT t.id FROM stops a INDEXED BY stops_by_city \
             CROSS JOIN stops b ON b.route_id = a.route_id AND b.stop_index > a.stop_index \
             CROSS JOIN tickets t INDEXED BY tickets_by_route ON t.route_id = a.route_id \
             AND t.from_stop_index = a.stop_index AND t.to_stop_index = b.stop_index \
             WHERE a.city_key = ? AND b.city_key = ? AND a.time >= ? AND a.time < ? \
             AND (? >> t.facet) & 1 LIMIT ?",
            vec![city(from), city(to)],
        ),
    };
    values.extend([start.into(), end.into(), facets.mask().into()]);
    gather(connection, sql, values)
}

fn gather(connection: &Connection, sql: &str, mut values: Vec<Value>) -> Result<Driver> {
    values.push(signed(GATHERED_MAX).into());
    let mut ids: Vec<Key> = connection
        .prepare_cached(sql)?
        .query_map(params_from_iter(values), |row| row.get("id"))?
        .collect::<rusqlite::Result<_>>()?;
    ids.sort_unstable_by(|a, b| b.cmp(a));
    Ok(Driver::Gathered(ids))
}

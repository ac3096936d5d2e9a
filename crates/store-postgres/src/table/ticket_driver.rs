//! The source of a list of tickets: the index that gives the fewest tickets to look at.
//!
//! Every index gives tickets newest first within one facet, or (by route, by day) few enough to be
//! sorted. Every other filter is looked up in each ticket ([`super::ticket_list`]).

use std::cmp::Reverse;

use domain::{CityKey, TicketId};
use store::{Facets, TicketFigures, TicketFilter, TicketIndex};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::newest::{Range, Statement, newest};
use crate::column::{at, count, get, id, signed};
use crate::db::Db;
use crate::fault::Result;

/// The most tickets of one route or one day that are gathered. A bus has some dozens of seats and a
/// company some thousand tickets a day, so this is reached only by what is not normal.
const GATHERED_MAX: u64 = 50_000;

/// The two parts of an index's key; the second is empty except for a pair of cities.
type Key = (String, String);

/// Where the tickets come from, newest first.
#[derive(Debug)]
pub(crate) enum Driver {
    /// Ranges of an index: one for each key and facet.
    Ranges(ByKey, Vec<Key>, Facets),
    /// Ranges over all tickets. Their figures are kept, so nothing is counted.
    Everything(Facets, Vec<TicketFigures>),
    Gathered(Vec<TicketId>),
}

/// How an index is read by its keys: the newest of ranges, and how many all of them have together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByKey {
    ranges: Statement,
    /// The two parts of the keys, the facets, and how many to count.
    counted: &'static str,
}

macro_rules! by_key {
    ($key:literal) => {
        ByKey {
            ranges: Statement {
                newest: concat!(
                    "SELECT k.place, t.id FROM \
                     unnest($1::text[], $2::text[], $3::smallint[], $4::uuid[]) WITH ORDINALITY \
                     AS k (first, second, facet, older_than, place) CROSS JOIN LATERAL \
                     (SELECT id FROM tickets WHERE ",
                    $key,
                    " facet = k.facet AND id < k.older_than ORDER BY id DESC LIMIT $5) t"
                ),
            },
            counted: concat!(
                "SELECT count(*) AS total FROM (SELECT 1 FROM unnest($1::text[], $2::text[]) \
                 AS k (first, second) CROSS JOIN LATERAL (SELECT 1 FROM tickets WHERE ",
                $key,
                " facet = ANY($3)) t LIMIT $4) counted"
            ),
        }
    };
}

const IDENTITY: ByKey = by_key!("identity_number = k.first AND");
const PHONE: ByKey = by_key!("phone = k.first AND");
const USER: ByKey = by_key!("user_id = k.first::uuid AND");
const ISSUER: ByKey = by_key!("issued_by_id = k.first::uuid AND");
const CITIES: ByKey = by_key!("from_key = k.first AND to_key = k.second AND");
const FACET: ByKey = by_key!("");

impl Driver {
    pub(crate) async fn open(db: Db<'_>, by: TicketIndex, filter: &TicketFilter) -> Result<Self> {
        let facets = Facets::of(filter.status, filter.payment_status, filter.gender);
        // A range without any ticket need not be read.
        let figures = super::figures::of_tickets(db).await?;
        let in_use = figures.iter().filter(|figures| figures.tickets > 0);
        let facets = facets.and(in_use.map(|figures| figures.facet).collect());
        let one = |part: String| vec![(part, String::new())];
        // A row stands under one of them.
        let texts = |texts: Option<Vec<String>>| -> Vec<Key> {
            texts.unwrap_or_default().into_iter().map(|text| (text, String::new())).collect()
        };
        let uuid = |id: Option<uuid::Uuid>| one(id.unwrap_or_default().to_string());
        Ok(match by {
            TicketIndex::Pnr => {
                let pnr = filter.pnr.as_ref().map(domain::Pnr::as_str);
                let sql = "SELECT id FROM tickets \
                     WHERE booking_id = (SELECT id FROM bookings WHERE pnr = $1) LIMIT $2";
                gather(db, sql, &[&pnr]).await?
            }
            TicketIndex::Route => {
                let sql = "SELECT id FROM tickets WHERE route_id = $1 AND facet = ANY($2) LIMIT $3";
                gather(db, sql, &[&filter.route_id.map(|id| id.0), &numbers(facets)]).await?
            }
            TicketIndex::Departure => departing(db, filter, facets).await?,
            TicketIndex::Identity => {
                let number = filter.identity_number.as_ref();
                let number = number.map(|number| db.keys().identity_lookups(number));
                Self::Ranges(IDENTITY, texts(number), facets)
            }
            TicketIndex::Phone => {
                let phone = filter.phone.as_ref();
                let phone = phone.map(|phone| db.keys().phone_lookups(phone));
                Self::Ranges(PHONE, texts(phone), facets)
            }
            TicketIndex::User => Self::Ranges(USER, uuid(filter.user_id.map(|id| id.0)), facets),
            TicketIndex::Issuer => {
                Self::Ranges(ISSUER, uuid(filter.issued_by_id.map(|id| id.0)), facets)
            }
            TicketIndex::Cities => Self::Ranges(CITIES, city_pairs(db, filter).await?, facets),
            TicketIndex::Everything => Self::Everything(facets, figures),
        })
    }

    /// Counts its tickets, up to `max`.
    pub(crate) async fn count(&self, db: Db<'_>, max: u64) -> Result<u64> {
        match self {
            Self::Ranges(by_key, keys, facets) => {
                let (first, second): (Vec<&str>, Vec<&str>) =
                    keys.iter().map(|(first, second)| (first.as_str(), second.as_str())).unzip();
                let values: [&(dyn ToSql + Sync); 4] =
                    [&first, &second, &numbers(*facets), &signed(max)];
                count(&db.one(by_key.counted, &values).await?, "total")
            }
            Self::Everything(facets, figures) => {
                let counts = figures.iter().filter(|figures| facets.has(figures.facet));
                Ok(counts.map(|figures| figures.tickets).sum::<u64>().min(max))
            }
            Self::Gathered(ids) => Ok(max.min(ids.len() as u64)),
        }
    }

    /// The `take` newest after the `skip` newest.
    pub(crate) async fn newest(&self, db: Db<'_>, skip: u64, take: u64) -> Result<Vec<TicketId>> {
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let (by_key, keys, facets) = match self {
            Self::Ranges(by_key, keys, facets) => (*by_key, keys.clone(), *facets),
            Self::Everything(facets, _) => (FACET, vec![Key::default()], *facets),
            Self::Gathered(ids) => {
                return Ok(ids.iter().skip(size(skip)).take(size(take)).copied().collect());
            }
        };
        let facets = numbers(facets);
        let ranges = keys
            .iter()
            .flat_map(|key| facets.iter().map(|facet| Range { key: key.clone(), facet: *facet }));
        newest(db, by_key.ranges, ranges.collect(), skip, take).await
    }
}

fn numbers(facets: Facets) -> Vec<i16> {
    let number = |facet| {
        let Ok(facet) = i16::try_from(facet) else { unreachable!("there are few facets") };
        facet
    };
    facets.iter().map(number).collect()
}

/// The pairs of cities that the filter means. Their number does not grow with the tickets.
async fn city_pairs(db: Db<'_>, filter: &TicketFilter) -> Result<Vec<Key>> {
    let (sql, city) = match (&filter.from_city, &filter.to_city) {
        (Some(from), Some(to)) => {
            return Ok(vec![(from.as_str().to_owned(), to.as_str().to_owned())]);
        }
        (Some(from), None) => ("SELECT from_key, to_key FROM city_pairs WHERE from_key = $1", from),
        (None, Some(to)) => ("SELECT from_key, to_key FROM city_pairs WHERE to_key = $1", to),
        (None, None) => return Ok(Vec::new()),
    };
    let pair = |row: &Row| Ok((get(row, "from_key")?, get(row, "to_key")?));
    db.rows(sql, &[&city.as_str()]).await?.iter().map(pair).collect()
}

/// By the day, through the stops that buses leave on it: an index over the tickets themselves would
/// have to be written with every sale.
async fn departing(db: Db<'_>, filter: &TicketFilter, facets: Facets) -> Result<Driver> {
    let Some(departs) = filter.departs else { return Ok(Driver::Gathered(Vec::new())) };
    let (start, end, facets) = (at(departs.start), at(departs.end), numbers(facets));
    let city = |key: &Option<CityKey>| key.as_ref().map(|key| key.as_str().to_owned());
    let (from, to) = (city(&filter.from_city), city(&filter.to_city));
    match (from, to) {
        (None, None) => {
            let sql = "SELECT t.id FROM stops a JOIN tickets t \
                 ON t.route_id = a.route_id AND t.from_stop_index = a.stop_index \
                 WHERE a.time >= $1 AND a.time < $2 AND t.facet = ANY($3) LIMIT $4";
            gather(db, sql, &[&start, &end, &facets]).await
        }
        (Some(from), None) => {
            let sql = "SELECT t.id FROM stops a JOIN tickets t \
                 ON t.route_id = a.route_id AND t.from_stop_index = a.stop_index \
                 WHERE a.city_key = $4 AND a.time >= $1 AND a.time < $2 AND t.facet = ANY($3) \
                 LIMIT $5";
            gather(db, sql, &[&start, &end, &facets, &from]).await
        }
        (None, Some(to)) => {
            let sql = "SELECT t.id FROM stops a \
                 JOIN stops b ON b.route_id = a.route_id AND b.stop_index > a.stop_index \
                 JOIN tickets t ON t.route_id = a.route_id AND t.from_stop_index = a.stop_index \
                 AND t.to_stop_index = b.stop_index \
                 WHERE b.city_key = $4 AND a.time >= $1 AND a.time < $2 AND t.facet = ANY($3) \
                 LIMIT $5";
            gather(db, sql, &[&start, &end, &facets, &to]).await
        }
        (Some(from), Some(to)) => {
            let sql = "SELECT t.id FROM stops a \
                 JOIN stops b ON b.route_id = a.route_id AND b.stop_index > a.stop_index \
                 JOIN tickets t ON t.route_id = a.route_id AND t.from_stop_index = a.stop_index \
                 AND t.to_stop_index = b.stop_index \
                 WHERE a.city_key = $4 AND b.city_key = $5 AND a.time >= $1 AND a.time < $2 \
                 AND t.facet = ANY($3) LIMIT $6";
            gather(db, sql, &[&start, &end, &facets, &from, &to]).await
        }
    }
}

/// The last value is the most that it returns.
async fn gather(db: Db<'_>, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Driver> {
    let limit = signed(GATHERED_MAX);
    let values: Vec<&(dyn ToSql + Sync)> =
        values.iter().copied().chain([&limit as &(dyn ToSql + Sync)]).collect();
    let found = db.rows(sql, &values).await?;
    let mut ids: Vec<TicketId> = found.iter().map(|row| id(row, "id")).collect::<Result<_>>()?;
    ids.sort_unstable_by_key(|id| Reverse(id.0));
    Ok(Driver::Gathered(ids))
}

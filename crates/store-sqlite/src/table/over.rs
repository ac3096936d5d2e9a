//! Departures that are over, from `routes`, and bookings that name a person, from `tickets`.

use std::collections::BTreeSet;

use domain::{BookingId, RouteId};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use store::{BehindRoute, OVER_ROUTES_AT_ONCE, Over};

use crate::column::{bytes, id, millis, signed, time};
use crate::fault::Result;

pub(crate) fn find(
    connection: &Connection,
    before: Timestamp,
    behind: Option<BehindRoute>,
) -> Result<Over> {
    let (departed, route) = match behind {
        Some((departed, route)) => (millis(departed), bytes(route.0)),
        None => (i64::MIN, [0; 16]),
    };
    // A bus arrives after it has left: the index ends the search at those that have left later.
    let routes = connection
        .prepare_cached(
            "SELECT id, departs_at FROM routes INDEXED BY routes_by_departure \
             WHERE (departs_at, id) > (?1, ?2) AND departs_at < ?3 AND arrives_at < ?3 \
             ORDER BY departs_at, id LIMIT ?4",
        )?
        .query_map(params![departed, route, millis(before), signed(OVER_ROUTES_AT_ONCE)], |row| {
            Ok((time(row, "departs_at")?, id(row, "id")?))
        })?
        .collect::<rusqlite::Result<Vec<BehindRoute>>>()?;
    let mut named = connection.prepare_cached(
        "SELECT booking_id FROM tickets INDEXED BY tickets_by_route \
         WHERE route_id = ? AND (sealed IS NOT NULL OR phone <> '')",
    )?;
    let mut bookings: BTreeSet<BookingId> = BTreeSet::new();
    for (_, RouteId(route)) in &routes {
        let found = named.query_map([bytes(*route)], |row| id(row, "booking_id"))?;
        bookings.extend(found.collect::<rusqlite::Result<Vec<BookingId>>>()?);
    }
    Ok(Over { bookings: bookings.into_iter().collect(), last: routes.last().copied() })
}

//! Departures that are over, from `routes`, and bookings that name a person, from `tickets`.

use std::collections::BTreeSet;

use domain::BookingId;
use jiff::Timestamp;
use store::{BehindRoute, OVER_ROUTES_AT_ONCE, Over};
use uuid::Uuid;

use crate::column::{at, id, signed, time};
use crate::db::Db;
use crate::fault::Result;

pub(crate) async fn find(
    db: Db<'_>,
    before: Timestamp,
    behind: Option<BehindRoute>,
) -> Result<Over> {
    let (departed, route) = match behind {
        Some((departed, route)) => (departed, route.0),
        None => (Timestamp::UNIX_EPOCH, Uuid::nil()),
    };
    // A bus arrives after it has left: the index ends the search at those that have left later.
    let sql = "SELECT id, departs_at FROM routes WHERE (departs_at, id) > ($1, $2) \
         AND departs_at < $3 AND arrives_at < $3 ORDER BY departs_at, id LIMIT $4";
    let limit = signed(OVER_ROUTES_AT_ONCE);
    let routes = db.rows(sql, &[&at(departed), &route, &at(before), &limit]).await?;
    let routes: Vec<BehindRoute> = routes
        .iter()
        .map(|row| Ok((time(row, "departs_at")?, id(row, "id")?)))
        .collect::<Result<_>>()?;
    let ids: Vec<Uuid> = routes.iter().map(|(_, id)| id.0).collect();
    let sql = "SELECT booking_id FROM tickets WHERE route_id = ANY($1) \
         AND (sealed IS NOT NULL OR phone <> '')";
    let named = db.rows(sql, &[&ids]).await?;
    let bookings: BTreeSet<BookingId> =
        named.iter().map(|row| id(row, "booking_id")).collect::<Result<_>>()?;
    Ok(Over { bookings: bookings.into_iter().collect(), last: routes.last().copied() })
}

//! `audit`, read newest first.
//!
//! One index answers one question. For two together (an account's changes on a route), the rows of
//! one are searched, newest first, as far as [`LOOKED_AT_MAX`].

use std::collections::{HashMap, HashSet};

use domain::BookingId;
use jiff::Timestamp;
use store::{AuditActor, AuditEntry, AuditFilter, Page, Paged};
use tokio_postgres::Row;
use uuid::Uuid;

use super::ticket_list::LOOKED_AT_MAX;
use crate::column::{at, at_most, get, id, optional_id, read, signed, time};
use crate::condition::Where;
use crate::db::Db;
use crate::fault::Result;

const COLUMNS: &str = "id, at, actor, actor_id, action, subject, subject_id, ticket_id, booking_id, \
     route_id, request_id, before::text AS before, after::text AS after";

/// Deletes the oldest rows before a moment, and never the newest of all; returns how many.
pub(crate) async fn delete_before(db: Db<'_>, before: Timestamp, limit: usize) -> Result<u64> {
    let sql = "DELETE FROM audit WHERE id = ANY(ARRAY(SELECT id FROM audit WHERE at < $1 \
         AND at < (SELECT at FROM audit ORDER BY at DESC, id DESC LIMIT 1) ORDER BY at, id LIMIT $2))";
    db.execute(sql, &[&at(before), &at_most(limit)]).await
}

pub(crate) async fn list(
    db: Db<'_>,
    filter: &AuditFilter,
    page: Page,
) -> Result<Paged<AuditEntry>> {
    let booking_id = match filter.ticket_id {
        // The rows of a ticket are among those of its booking.
        Some(ticket_id) => {
            let sql = "SELECT booking_id FROM tickets WHERE id = $1";
            let Some(found) = db.optional(sql, &[&ticket_id.0]).await? else {
                // A ticket that never existed has no rows.
                return Ok(Paged::whole(Vec::new()));
            };
            let of_ticket: BookingId = id(&found, "booking_id")?;
            if filter.booking_id.is_some_and(|named| named != of_ticket) {
                return Ok(Paged::whole(Vec::new()));
            }
            Some(of_ticket)
        }
        None => filter.booking_id,
    };
    let (indexed, rest) = conditions(filter, booking_id);
    if rest.is_empty() {
        // Read from the index alone, also the rows that a page skips.
        return indexed.page(db, COLUMNS, "audit", "at DESC, id DESC", page, entry).await;
    }
    let Paged { items, total, is_limited } = looked_at(db, &indexed, rest, page).await?;
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE id = ANY($1)");
    let found = db.rows(&sql, &[&items]).await?;
    let mut found = found
        .iter()
        .map(|row| Ok((get::<i64>(row, "id")?, entry(row)?)))
        .collect::<Result<Vec<_>>>()?;
    let place = |id: i64| items.iter().position(|listed| *listed == id);
    found.sort_by_key(|(id, _)| place(*id));
    let items = found.into_iter().map(|(_, entry)| entry).collect();
    Ok(Paged { items, total, is_limited })
}

/// For each of the bookings its newest rows.
pub(crate) async fn histories(
    db: Db<'_>,
    bookings: &[BookingId],
    limit: usize,
) -> Result<Vec<Vec<AuditEntry>>> {
    let ids: Vec<Uuid> = bookings.iter().map(|id| id.0).collect();
    let sql = format!(
        "SELECT newest.* FROM unnest($1::uuid[]) AS meant (booking_id) CROSS JOIN LATERAL \
         (SELECT {COLUMNS} FROM audit WHERE audit.booking_id = meant.booking_id \
         ORDER BY at DESC, id DESC LIMIT $2) newest ORDER BY newest.at DESC, newest.id DESC"
    );
    let mut histories: HashMap<BookingId, Vec<AuditEntry>> = HashMap::new();
    for row in db.rows(&sql, &[&ids, &at_most(limit)]).await? {
        histories.entry(id(&row, "booking_id")?).or_default().push(entry(&row)?);
    }
    Ok(bookings.iter().map(|id| histories.remove(id).unwrap_or_default()).collect())
}

/// What the index answers, and what is looked up in each of its rows.
fn conditions(filter: &AuditFilter, booking_id: Option<BookingId>) -> (Where, Where) {
    let AuditFilter { ticket_id, booking_id: _, route_id, actor_id, from, to } = filter;
    let (mut indexed, mut rest) = (Where::default(), Where::default());
    // A booking has the fewest rows, and a departure fewer than an account that sells all day.
    let given = [
        ("booking_id = ?", booking_id.map(|id| id.0)),
        ("route_id = ?", route_id.map(|id| id.0)),
        ("actor_id = ?", actor_id.map(|id| id.0)),
    ];
    let mut given = given.into_iter().filter_map(|(condition, id)| Some((condition, id?)));
    if let Some((condition, id)) = given.next() {
        indexed.and_value(condition, Box::new(id));
    }
    for (condition, id) in given {
        rest.and_value(condition, Box::new(id));
    }
    rest.and_some("ticket_id = ?", *ticket_id, |id| id.0);
    indexed.and_some("at >= ?", *from, at);
    indexed.and_some("at < ?", *to, at);
    (indexed, rest)
}

async fn looked_at(db: Db<'_>, indexed: &Where, mut rest: Where, page: Page) -> Result<Paged<i64>> {
    let newest = format!(
        "SELECT id FROM audit {} ORDER BY at DESC, id DESC LIMIT ${}",
        indexed.sql(),
        indexed.next()
    );
    let limit = signed(LOOKED_AT_MAX + 1);
    let newest = db.rows(&newest, &indexed.values(&[&limit])).await?;
    let is_limited = newest.len() as u64 > LOOKED_AT_MAX;
    let mut newest: Vec<i64> = newest.iter().map(|row| get(row, "id")).collect::<Result<_>>()?;
    newest.truncate(usize::try_from(LOOKED_AT_MAX).unwrap_or(usize::MAX));
    rest.and_value("id = ANY(?)", Box::new(newest.clone()));
    let sql = format!("SELECT id FROM audit {}", rest.sql());
    let matching = db.rows(&sql, &rest.values(&[])).await?;
    let matching: HashSet<i64> =
        matching.iter().map(|row| get(row, "id")).collect::<Result<_>>()?;
    newest.retain(|id| matching.contains(id));
    Ok(page.of_looked_at(newest, is_limited))
}

fn entry(row: &Row) -> Result<AuditEntry> {
    let actor_id = optional_id(row, "actor_id")?;
    let subject_kind: String = get(row, "subject")?;
    let subject_id = match subject_kind.as_str() {
        "TICKET" => Some(id(row, "ticket_id")?),
        "BOOKING" => Some(id(row, "booking_id")?),
        "ROUTE" => Some(id(row, "route_id")?),
        _ => optional_id(row, "subject_id")?,
    };
    Ok(AuditEntry {
        at: time(row, "at")?,
        actor: read(row, "actor", |text: &str| AuditActor::parse(text, actor_id))?,
        action: get(row, "action")?,
        subject_kind,
        subject_id,
        ticket_id: optional_id(row, "ticket_id")?,
        booking_id: optional_id(row, "booking_id")?,
        route_id: optional_id(row, "route_id")?,
        request_id: get(row, "request_id")?,
        before: get(row, "before")?,
        after: get(row, "after")?,
    })
}

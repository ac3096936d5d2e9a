//! `audit`: rows are added, and read newest first.
//!
//! One index answers one question. For two together (an account's changes on a route), the rows of
//! one are searched, newest first, as far as [`LOOKED_AT_MAX`].

use domain::BookingId;
use domain::audit::Subject;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, named_params, params, params_from_iter};
use store::{AuditActor, AuditEntry, AuditFilter, AuditRow, Page, Paged, fields_json};
use uuid::Uuid;

use super::ticket_list::LOOKED_AT_MAX;
use super::{Where, blob, booking};
use crate::column::{bytes, count, id, millis, optional_id, read, signed, time};
use crate::fault::Result;

pub(crate) fn insert(connection: &Connection, row: &AuditRow) -> Result<()> {
    let AuditRow { at, actor, request_id, audited } = row;
    let subject_id = match audited.subject {
        Subject::Ticket(_) | Subject::Booking(_) | Subject::Route(_) => None,
        other => other.id(),
    };
    connection
        .prepare_cached(
            "INSERT INTO audit (at, actor, actor_id, action, subject, subject_id, ticket_id, \
             booking_id, route_id, request_id, before, after) VALUES (:at, :actor, :actor_id, \
             :action, :subject, :subject_id, :ticket_id, :booking_id, :route_id, :request_id, \
             :before, :after)",
        )?
        .execute(named_params! {
            ":at": millis(*at),
            ":actor": actor.as_str(),
            ":actor_id": actor.user_id().map(|id| bytes(id.0)),
            ":action": audited.action.as_str(),
            ":subject": audited.subject.kind(),
            ":subject_id": subject_id.map(bytes),
            ":ticket_id": audited.ticket_id.map(|id| bytes(id.0)),
            ":booking_id": audited.booking_id.map(|id| bytes(id.0)),
            ":route_id": audited.route_id.map(|id| bytes(id.0)),
            ":request_id": request_id.as_deref().map(stored_request_id),
            ":before": audited.before.as_ref().map(fields_json),
            ":after": audited.after.as_ref().map(fields_json),
        })?;
    Ok(())
}

/// Half as long, where the text can be restored from it.
fn stored_request_id(text: &str) -> Value {
    match Uuid::try_parse(text) {
        Ok(id) if id.simple().to_string() == text => blob(id),
        _ => Value::Text(text.to_owned()),
    }
}

fn request_id(stored: Value) -> Option<Option<String>> {
    match stored {
        Value::Null => Some(None),
        Value::Text(text) => Some(Some(text)),
        Value::Blob(bytes) => Some(Some(Uuid::from_slice(&bytes).ok()?.simple().to_string())),
        Value::Integer(_) | Value::Real(_) => None,
    }
}

/// Deletes the oldest rows before a moment, and never the newest of all; returns how many.
pub(crate) fn delete_before(
    connection: &Connection,
    before: Timestamp,
    limit: usize,
) -> Result<usize> {
    let gone = connection
        .prepare_cached(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit INDEXED BY audit_by_time \
             WHERE at < ?1 AND at < (SELECT max(at) FROM audit) ORDER BY at, id LIMIT ?2)",
        )?
        .execute(params![millis(before), limit])?;
    Ok(gone)
}

/// The index that gives the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Time,
    Booking,
    Route,
    Actor,
}

impl By {
    const fn table(self) -> &'static str {
        match self {
            Self::Time => "audit INDEXED BY audit_by_time",
            Self::Booking => "audit INDEXED BY audit_by_booking",
            Self::Route => "audit INDEXED BY audit_by_route",
            Self::Actor => "audit INDEXED BY audit_by_actor",
        }
    }
}

pub(crate) fn list(
    connection: &Connection,
    filter: &AuditFilter,
    page: Page,
) -> Result<Paged<AuditEntry>> {
    let of_ticket = match filter.ticket_id {
        Some(id) => match booking::of_ticket(connection, id)? {
            Some(id) => Some(id),
            // A ticket that never existed has no rows.
            None => return Ok(Paged::whole(Vec::new())),
        },
        None => None,
    };
    if let (Some(one), Some(other)) = (of_ticket, filter.booking_id)
        && one != other
    {
        return Ok(Paged::whole(Vec::new()));
    }
    let (indexed, rest) = conditions(filter, of_ticket.or(filter.booking_id));
    let ids = match rest {
        None => exact(connection, indexed, page)?,
        Some(rest) => looked_at(connection, indexed, &rest, page)?,
    };
    let mut by_id = connection.prepare_cached("SELECT * FROM audit WHERE id = ?")?;
    let items = ids.items.iter().map(|id| by_id.query_row([id], entry));
    let items = items.collect::<rusqlite::Result<_>>()?;
    Ok(Paged { items, total: ids.total, is_limited: ids.is_limited })
}

/// For each of the bookings its newest rows.
pub(crate) fn histories(
    connection: &Connection,
    bookings: &[BookingId],
    limit: usize,
) -> Result<Vec<Vec<AuditEntry>>> {
    let mut newest = connection.prepare_cached(
        "SELECT * FROM audit INDEXED BY audit_by_booking WHERE booking_id = ? \
         ORDER BY at DESC, id DESC LIMIT ?",
    )?;
    let histories = bookings
        .iter()
        .map(|id| newest.query_map(params![bytes(id.0), limit], entry)?.collect())
        .collect::<rusqlite::Result<_>>()?;
    Ok(histories)
}

/// What the index answers, and what is looked up in each of its rows.
fn conditions(filter: &AuditFilter, booking_id: Option<BookingId>) -> ((By, Where), Option<Where>) {
    let AuditFilter { ticket_id, booking_id: _, route_id, actor_id, from, to } = filter;
    let (mut indexed, mut rest) = (Where::default(), Where::default());
    let mut by = By::Time;
    // A booking has the fewest rows, and a departure fewer than an account that sells all day.
    for (candidate, condition, value) in [
        (By::Booking, "booking_id = ?", booking_id.map(|id| blob(id.0))),
        (By::Route, "route_id = ?", route_id.map(|id| blob(id.0))),
        (By::Actor, "actor_id = ?", actor_id.map(|id| blob(id.0))),
    ] {
        let Some(value) = value else { continue };
        if by == By::Time {
            by = candidate;
            indexed.and(condition, [value]);
        } else {
            rest.and(condition, [value]);
        }
    }
    rest.and_some("ticket_id = ?", *ticket_id, |id| blob(id.0));
    let time = |time: Timestamp| Value::Integer(millis(time));
    indexed.and_some("at >= ?", *from, time);
    indexed.and_some("at < ?", *to, time);
    ((by, indexed), (!rest.is_empty()).then_some(rest))
}

/// Read from the index alone, also the rows that a page skips.
fn exact(connection: &Connection, (by, indexed): (By, Where), page: Page) -> Result<Paged<i64>> {
    let id = |row: &Row<'_>| row.get("id");
    Ok(indexed.page(connection, "id", by.table(), "at DESC, id DESC", page, id)?)
}

fn looked_at(
    connection: &Connection,
    (by, indexed): (By, Where),
    rest: &Where,
    page: Page,
) -> Result<Paged<i64>> {
    let (table, indexed_sql) = (by.table(), indexed.sql());
    let newest = format!("SELECT id FROM {table} {indexed_sql} ORDER BY at DESC, id DESC LIMIT ?");
    let limit = Value::Integer(signed(LOOKED_AT_MAX + 1));
    let newest: Vec<i64> = connection
        .prepare_cached(&newest)?
        .query_map(params_from_iter(indexed.values().iter().chain([&limit])), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let is_limited = newest.len() as u64 > LOOKED_AT_MAX;
    let sql = format!("SELECT count(*) AS found FROM audit {} AND id = ?", rest.sql());
    let mut matches = connection.prepare_cached(&sql)?;
    let mut found = Vec::new();
    for id in newest.into_iter().take(usize::try_from(LOOKED_AT_MAX).unwrap_or(usize::MAX)) {
        let id_value = Value::Integer(id);
        let values = params_from_iter(rest.values().iter().chain([&id_value]));
        if matches.query_row(values, |row| count(row, "found"))? > 0 {
            found.push(id);
        }
    }
    Ok(page.of_looked_at(found, is_limited))
}

fn entry(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let actor_id = optional_id(row, "actor_id")?;
    let subject_kind: String = row.get("subject")?;
    let subject_id = match subject_kind.as_str() {
        "TICKET" => Some(id(row, "ticket_id")?),
        "BOOKING" => Some(id(row, "booking_id")?),
        "ROUTE" => Some(id(row, "route_id")?),
        _ => optional_id(row, "subject_id")?,
    };
    Ok(AuditEntry {
        at: time(row, "at")?,
        actor: read(row, "actor", |text: String| AuditActor::parse(&text, actor_id))?,
        action: row.get("action")?,
        subject_kind,
        subject_id,
        ticket_id: optional_id(row, "ticket_id")?,
        booking_id: optional_id(row, "booking_id")?,
        route_id: optional_id(row, "route_id")?,
        request_id: read(row, "request_id", request_id)?,
        before: row.get("before")?,
        after: row.get("after")?,
    })
}

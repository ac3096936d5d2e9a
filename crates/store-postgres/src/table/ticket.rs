//! `tickets`, read.

use std::borrow::Cow;

use domain::passenger::Passenger;
use domain::{Pnr, Ticket, TicketId};
use jiff::Timestamp;
use store::{DataKeys, TicketColumns, TicketPerson};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{
    at, at_most, cancel_cause, count, gender, get, id, money, optional_id, optional_time,
    payment_status, seat, segment, ticket_status, time,
};
use crate::db::Db;
use crate::fault::{Fault, Result};

/// The tickets that the rest of the statement names (from `FROM tickets t` on), in the columns that
/// [`ticket`] reads.
macro_rules! select_tickets {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.booking_id, t.pnr, t.route_id, t.user_id, t.issued_by_id, t.from_city, \
             t.to_city, t.from_stop_index, t.to_stop_index, t.seat_number, t.gender, t.price, \
             t.identity_number, t.passport_number, t.passport_country, t.phone, t.passenger_name, \
             t.status, t.payment_status, t.expires_at, t.suspended_at, t.cancelled_at, \
             t.cancel_cause, t.changed_by_id, t.created_at, t.updated_at, t.sealed ",
            $rest
        )
    };
}
pub(crate) use select_tickets;

pub(crate) fn ticket(keys: &DataKeys, row: &Row) -> Result<Ticket> {
    let ticket_id: TicketId = id(row, "id")?;
    let TicketPerson { name, phone, identity } = keys.ticket_person(ticket_id, columns(row)?)?;
    Ok(Ticket {
        id: ticket_id,
        booking_id: id(row, "booking_id")?,
        pnr: Pnr::from_stored(get(row, "pnr")?),
        route_id: id(row, "route_id")?,
        user_id: optional_id(row, "user_id")?,
        issued_by_id: optional_id(row, "issued_by_id")?,
        from_city: get(row, "from_city")?,
        to_city: get(row, "to_city")?,
        segment: segment(row)?,
        seat: seat(row, "seat_number")?,
        passenger: Passenger { name, gender: gender(row, "gender")?, identity },
        price: money(row, "price")?,
        phone,
        status: ticket_status(row, "status")?,
        payment_status: payment_status(row, "payment_status")?,
        expires_at: optional_time(row, "expires_at")?,
        suspended_at: optional_time(row, "suspended_at")?,
        cancelled_at: optional_time(row, "cancelled_at")?,
        cancel_cause: cancel_cause(row, "cancel_cause")?,
        changed_by_id: optional_id(row, "changed_by_id")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

/// The columns from which [`DataKeys`] make a passenger.
pub(crate) fn columns(row: &Row) -> Result<TicketColumns<'_>> {
    let text = |name| Ok::<_, Fault>(get::<Option<&str>>(row, name)?.map(Cow::from));
    Ok(TicketColumns {
        sealed: get(row, "sealed")?,
        phone: text("phone")?.unwrap_or_default(),
        name: text("passenger_name")?.unwrap_or_default(),
        identity_number: text("identity_number")?,
        passport_number: text("passport_number")?,
        passport_country: text("passport_country")?,
    })
}

pub(crate) async fn by_ids(db: Db<'_>, ids: &[TicketId]) -> Result<Vec<Ticket>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let sql = select_tickets!("FROM tickets t WHERE t.id = ANY($1)");
    db.rows(sql, &[&ids]).await?.iter().map(|row| ticket(db.keys(), row)).collect()
}

pub(crate) async fn by_id(db: Db<'_>, id: TicketId) -> Result<Option<Ticket>> {
    let sql = select_tickets!("FROM tickets t WHERE t.id = $1");
    db.optional(sql, &[&id.0]).await?.map(|row| ticket(db.keys(), &row)).transpose()
}

/// The first of the booking's.
pub(crate) async fn by_pnr(db: Db<'_>, pnr: &Pnr) -> Result<Option<Ticket>> {
    let sql = select_tickets!(
        "FROM tickets t WHERE t.booking_id = (SELECT id FROM bookings WHERE pnr = $1) \
         ORDER BY t.id LIMIT 1"
    );
    db.optional(sql, &[&pnr.as_str()]).await?.map(|row| ticket(db.keys(), &row)).transpose()
}

/// In the order in which they were booked, which is that of their ids.
pub(crate) async fn of_bookings(db: Db<'_>, bookings: &[Uuid]) -> Result<Vec<Ticket>> {
    // Sorted here: a planner without statistics would go through all tickets in this order.
    let sql = select_tickets!("FROM tickets t WHERE t.booking_id = ANY($1)");
    in_order(db.keys(), &db.rows(sql, &[&bookings]).await?)
}

/// In the order in which they were booked.
pub(crate) fn in_order(keys: &DataKeys, rows: &[Row]) -> Result<Vec<Ticket>> {
    let mut tickets: Vec<Ticket> =
        rows.iter().map(|row| ticket(keys, row)).collect::<Result<_>>()?;
    tickets.sort_unstable_by_key(|ticket| ticket.id);
    Ok(tickets)
}

/// Whose hold has ended by now, longest ago first.
pub(crate) async fn due_holds(db: Db<'_>, now: Timestamp, limit: usize) -> Result<Vec<TicketId>> {
    let sql = "SELECT id FROM tickets WHERE status = 'RESERVED' AND expires_at <= $1 \
         ORDER BY expires_at LIMIT $2";
    let rows = db.rows(sql, &[&at(now), &at_most(limit)]).await?;
    rows.iter().map(|row| id(row, "id")).collect()
}

/// How many are reserved.
pub(crate) async fn reserved(db: Db<'_>) -> Result<u64> {
    let sql = "SELECT count(expires_at) AS reserved FROM tickets WHERE status = 'RESERVED'";
    count(&db.one(sql, &[]).await?, "reserved")
}

pub(crate) async fn next_hold_end(db: Db<'_>) -> Result<Option<Timestamp>> {
    let sql = "SELECT expires_at FROM tickets WHERE status = 'RESERVED' \
         ORDER BY expires_at LIMIT 1";
    let next = db.optional(sql, &[]).await?;
    Ok(next.as_ref().map(|row| optional_time(row, "expires_at")).transpose()?.flatten())
}

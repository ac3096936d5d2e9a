//! `tickets`, read.

use domain::identity::{CountryCode, Identity, IdentityNumber, Passport, PassportNumber};
use domain::passenger::{Passenger, Phone};
use domain::{BookingId, Pnr, Ticket, TicketId};
use jiff::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{
    at, cancel_cause, count, gender, get, id, money, optional_id, optional_time, payment_status,
    read, seat, segment, signed, ticket_status, time,
};
use crate::db::Db;
use crate::fault::Result;

/// The tickets that the rest of the statement names (from `FROM tickets t` on), in the columns that
/// [`ticket`] reads.
macro_rules! select_tickets {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.booking_id, t.pnr, t.route_id, t.user_id, t.issued_by_id, t.from_city, \
             t.to_city, t.from_stop_index, t.to_stop_index, t.seat_number, t.gender, t.price, \
             t.identity_number, t.passport_number, t.passport_country, t.phone, t.passenger_name, \
             t.status, t.payment_status, t.expires_at, t.suspended_at, t.cancelled_at, \
             t.cancel_cause, t.changed_by_id, t.created_at, t.updated_at ",
            $rest
        )
    };
}
pub(crate) use select_tickets;

pub(crate) fn ticket(row: &Row) -> Result<Ticket> {
    Ok(Ticket {
        id: id(row, "id")?,
        booking_id: id(row, "booking_id")?,
        pnr: Pnr::from_stored(get(row, "pnr")?),
        route_id: id(row, "route_id")?,
        user_id: optional_id(row, "user_id")?,
        issued_by_id: optional_id(row, "issued_by_id")?,
        from_city: get(row, "from_city")?,
        to_city: get(row, "to_city")?,
        segment: segment(row)?,
        seat: seat(row, "seat_number")?,
        passenger: Passenger {
            name: get(row, "passenger_name")?,
            gender: gender(row, "gender")?,
            identity: identity(row)?,
        },
        price: money(row, "price")?,
        phone: Phone::from_stored(get(row, "phone")?),
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

/// A ticket has an identity number or a passport, or neither.
fn identity(row: &Row) -> Result<Option<Identity>> {
    if let Some(number) = get(row, "identity_number")? {
        return Ok(Some(Identity::Turkish(IdentityNumber::from_stored(number))));
    }
    let number: Option<String> = get(row, "passport_number")?;
    let Some(number) = number else { return Ok(None) };
    let country = read(row, "passport_country", |code: &str| CountryCode::parse(code).ok())?;
    let number = PassportNumber::from_stored(number);
    Ok(Some(Identity::Passport(Passport { number, country })))
}

pub(crate) async fn by_ids(db: Db<'_>, ids: &[TicketId]) -> Result<Vec<Ticket>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let sql = select_tickets!("FROM tickets t WHERE t.id = ANY($1)");
    db.rows(sql, &[&ids]).await?.iter().map(ticket).collect()
}

pub(crate) async fn by_id(db: Db<'_>, id: TicketId) -> Result<Option<Ticket>> {
    let sql = select_tickets!("FROM tickets t WHERE t.id = $1");
    db.optional(sql, &[&id.0]).await?.as_ref().map(ticket).transpose()
}

/// The first of the booking's.
pub(crate) async fn by_pnr(db: Db<'_>, pnr: &Pnr) -> Result<Option<Ticket>> {
    let sql = select_tickets!(
        "FROM tickets t WHERE t.booking_id = (SELECT id FROM bookings WHERE pnr = $1) \
         ORDER BY t.id LIMIT 1"
    );
    db.optional(sql, &[&pnr.as_str()]).await?.as_ref().map(ticket).transpose()
}

/// In the order in which they were booked, which is that of their ids.
pub(crate) async fn of_booking(db: Db<'_>, booking_id: BookingId) -> Result<Vec<Ticket>> {
    let sql = select_tickets!("FROM tickets t WHERE t.booking_id = $1 ORDER BY t.id");
    db.rows(sql, &[&booking_id.0]).await?.iter().map(ticket).collect()
}

/// Whose hold has ended by now, longest ago first.
pub(crate) async fn due_holds(db: Db<'_>, now: Timestamp, limit: usize) -> Result<Vec<TicketId>> {
    let sql = "SELECT id FROM tickets WHERE status = 'RESERVED' AND expires_at <= $1 \
         ORDER BY expires_at LIMIT $2";
    let rows = db.rows(sql, &[&at(now), &signed(limit as u64)]).await?;
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

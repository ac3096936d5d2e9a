//! `bookings`, read: what was booked together, under one code.

use std::borrow::Cow;
use std::collections::HashMap;

use domain::passenger::Phone;
use domain::{Booking, BookingId, Payment, Pnr};
use store::{BookingView, ContactColumns, DataKeys, TicketView};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{payment, ticket, ticket_view};
use crate::column::{get, id, optional_id, time};
use crate::db::Db;
use crate::fault::{Fault, Result};

/// The bookings that the rest of the statement names (from `FROM bookings b` on), in the columns
/// that [`booking`] reads.
macro_rules! select_bookings {
    ($rest:literal) => {
        concat!(
            "SELECT b.id, b.pnr, b.user_id, b.contact_name, b.contact_phone, b.contact_email, \
             b.created_at, b.updated_at, b.sealed ",
            $rest
        )
    };
}
pub(crate) use select_bookings;

pub(crate) fn booking(keys: &DataKeys, row: &Row) -> Result<Booking> {
    let booking_id: BookingId = id(row, "id")?;
    let text = |name| Ok::<_, Fault>(get::<Option<&str>>(row, name)?.map(Cow::from));
    let columns = ContactColumns {
        sealed: get(row, "sealed")?,
        phone: text("contact_phone")?.unwrap_or_default(),
        name: text("contact_name")?,
        email: text("contact_email")?,
    };
    Ok(Booking {
        id: booking_id,
        pnr: Pnr::from_stored(get(row, "pnr")?),
        user_id: optional_id(row, "user_id")?,
        contact: keys.contact(booking_id, columns)?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

pub(crate) async fn by_ids(db: Db<'_>, ids: &[Uuid]) -> Result<Vec<Booking>> {
    let sql = select_bookings!("FROM bookings b WHERE b.id = ANY($1)");
    db.rows(sql, &[&ids]).await?.iter().map(|row| booking(db.keys(), row)).collect()
}

async fn by_pnr(db: Db<'_>, pnr: &Pnr) -> Result<Option<Booking>> {
    let sql = select_bookings!("FROM bookings b WHERE b.pnr = $1");
    db.optional(sql, &[&pnr.as_str()]).await?.map(|row| booking(db.keys(), &row)).transpose()
}

/// Bookings with all that belongs to them, in their order: as many statements for a hundred as for
/// one.
pub(crate) async fn views(db: Db<'_>, bookings: Vec<Booking>) -> Result<Vec<BookingView>> {
    let ids: Vec<Uuid> = bookings.iter().map(|booking| booking.id.0).collect();
    let mut tickets: HashMap<BookingId, Vec<TicketView>> = HashMap::new();
    for view in ticket_view::of(db, ticket::of_bookings(db, &ids).await?).await? {
        tickets.entry(view.ticket.booking_id).or_default().push(view);
    }
    let mut payments: HashMap<BookingId, Vec<Payment>> = HashMap::new();
    for payment in payment::of_bookings(db, &ids).await? {
        payments.entry(payment.booking_id).or_default().push(payment);
    }
    let view = |booking: Booking| BookingView {
        tickets: tickets.remove(&booking.id).unwrap_or_default(),
        payments: payments.remove(&booking.id).unwrap_or_default(),
        booking,
    };
    Ok(bookings.into_iter().map(view).collect())
}

async fn view(db: Db<'_>, booking: Option<Booking>) -> Result<Option<BookingView>> {
    Ok(views(db, booking.into_iter().collect()).await?.pop())
}

pub(crate) async fn view_by_id(db: Db<'_>, id: BookingId) -> Result<Option<BookingView>> {
    view(db, by_ids(db, &[id.0]).await?.pop()).await
}

pub(crate) async fn view_by_pnr(db: Db<'_>, pnr: &Pnr) -> Result<Option<BookingView>> {
    view(db, by_pnr(db, pnr).await?).await
}

/// Without the rest of a booking whose contact has another number.
pub(crate) async fn view_by_pair(
    db: Db<'_>,
    pnr: &Pnr,
    phone: &Phone,
) -> Result<Option<BookingView>> {
    view(db, by_pnr(db, pnr).await?.filter(|it| it.contact.phone == *phone)).await
}

//! `bookings`, read: what was booked together, under one code.

use std::borrow::Cow;

use domain::{Booking, BookingId, Pnr};
use store::{BookingView, ContactColumns, DataKeys};
use tokio_postgres::Row;

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

pub(crate) async fn by_id(db: Db<'_>, id: BookingId) -> Result<Option<Booking>> {
    let sql = select_bookings!("FROM bookings b WHERE b.id = $1");
    db.optional(sql, &[&id.0]).await?.map(|row| booking(db.keys(), &row)).transpose()
}

pub(crate) async fn by_pnr(db: Db<'_>, pnr: &Pnr) -> Result<Option<Booking>> {
    let sql = select_bookings!("FROM bookings b WHERE b.pnr = $1");
    db.optional(sql, &[&pnr.as_str()]).await?.map(|row| booking(db.keys(), &row)).transpose()
}

/// A booking with all that belongs to it.
pub(crate) async fn view(db: Db<'_>, booking: Booking) -> Result<BookingView> {
    let tickets = ticket_view::of(db, ticket::of_booking(db, booking.id).await?).await?;
    let payments = payment::of_booking(db, booking.id).await?;
    Ok(BookingView { booking, tickets, payments })
}

pub(crate) async fn view_by_id(db: Db<'_>, id: BookingId) -> Result<Option<BookingView>> {
    match by_id(db, id).await? {
        Some(booking) => view(db, booking).await.map(Some),
        None => Ok(None),
    }
}

pub(crate) async fn view_by_pnr(db: Db<'_>, pnr: &Pnr) -> Result<Option<BookingView>> {
    match by_pnr(db, pnr).await? {
        Some(booking) => view(db, booking).await.map(Some),
        None => Ok(None),
    }
}

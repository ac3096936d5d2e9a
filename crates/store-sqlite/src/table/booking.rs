//! `bookings`: what was booked together, under one code.

use std::borrow::Cow;

use domain::{Booking, BookingId, Pnr, TicketId};
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use store::{BookingView, ContactColumns, DataKeys};

use super::ticket_views::TicketViews;
use super::{payment, ticket};
use crate::column::{bytes, id, millis, optional_id, time, unopened};
use crate::db::Db;
use crate::fault::{Result, known_people};

fn booking(keys: &DataKeys, row: &Row<'_>) -> rusqlite::Result<Booking> {
    let id: BookingId = id(row, "id")?;
    let columns = ContactColumns {
        sealed: row.get("sealed")?,
        phone: row.get::<_, String>("contact_phone")?.into(),
        name: row.get::<_, Option<String>>("contact_name")?.map(Cow::from),
        email: row.get::<_, Option<String>>("contact_email")?.map(Cow::from),
    };
    Ok(Booking {
        id,
        pnr: Pnr::from_stored(row.get("pnr")?),
        user_id: optional_id(row, "user_id")?,
        contact: keys.contact(id, columns).map_err(unopened)?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

const INSERT: &str = "INSERT INTO bookings (id, pnr, pnr_rank, user_id, contact_name, \
     contact_phone, contact_email, sealed, created_at, updated_at) VALUES (:id, :pnr, \
     :pnr_rank, :user_id, :name, :phone, :email, :sealed, :created_at, :updated_at)";

/// A new booking. It fails for a code that another one has.
pub(crate) fn insert(db: &Db, booking: &Booking) -> Result<()> {
    let contact = db.keys().contact_columns(booking);
    let inserted = db.prepare_cached(INSERT)?.execute(named_params! {
        ":id": bytes(booking.id.0),
        ":pnr": booking.pnr.as_str(),
        ":pnr_rank": db.pnr_order().rank(&booking.pnr),
        ":user_id": booking.user_id.map(|id| bytes(id.0)),
        ":name": contact.name,
        ":phone": contact.phone,
        ":email": contact.email,
        ":sealed": contact.sealed,
        ":created_at": millis(booking.created_at),
        ":updated_at": millis(booking.updated_at),
    });
    known_people(inserted)
}

/// All columns of a booking that can change.
pub(crate) fn update(db: &Db, booking: &Booking) -> Result<()> {
    let contact = db.keys().contact_columns(booking);
    const UPDATE: &str = "UPDATE bookings SET contact_name = :name, contact_phone = :phone, \
         contact_email = :email, sealed = :sealed, updated_at = :updated_at WHERE id = :id";
    let updated = db.prepare_cached(UPDATE)?.execute(named_params! {
        ":id": bytes(booking.id.0),
        ":name": contact.name,
        ":phone": contact.phone,
        ":email": contact.email,
        ":sealed": contact.sealed,
        ":updated_at": millis(booking.updated_at),
    });
    known_people(updated)
}

pub(crate) fn by_id(db: &Db, id: BookingId) -> Result<Option<Booking>> {
    let found = db
        .prepare_cached("SELECT * FROM bookings WHERE id = ?")?
        .query_row([bytes(id.0)], |row| booking(db.keys(), row))
        .optional()?;
    Ok(found)
}

pub(crate) fn by_pnr(db: &Db, pnr: &Pnr) -> Result<Option<Booking>> {
    let found = db
        .prepare_cached("SELECT * FROM bookings WHERE pnr_rank = ?")?
        .query_row([db.pnr_order().rank(pnr)], |row| booking(db.keys(), row))
        .optional()?;
    Ok(found)
}

/// Whether a booking has this code.
pub(crate) fn has_pnr(db: &Db, pnr: &Pnr) -> Result<bool> {
    let has = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM bookings WHERE pnr_rank = ?)")?
        .query_row([db.pnr_order().rank(pnr)], |row| row.get(0))?;
    Ok(has)
}

pub(crate) fn of_ticket(connection: &Connection, ticket_id: TicketId) -> Result<Option<BookingId>> {
    let found = connection
        .prepare_cached("SELECT booking_id FROM tickets WHERE id = ?")?
        .query_row([bytes(ticket_id.0)], |row| id(row, "booking_id"))
        .optional()?;
    Ok(found)
}

/// A booking with all that belongs to it.
pub(crate) fn view(db: &Db, views: &mut TicketViews<'_>, booking: Booking) -> Result<BookingView> {
    let tickets = ticket::of_booking(db, booking.id)?;
    let tickets = tickets.into_iter().map(|ticket| views.of(ticket)).collect::<Result<_>>()?;
    let payments = payment::of_booking(db, booking.id)?;
    Ok(BookingView { booking, tickets, payments })
}

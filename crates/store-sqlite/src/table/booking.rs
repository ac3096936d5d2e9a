//! `bookings`: what was booked together, under one code.

use domain::passenger::Phone;
use domain::{Booking, BookingId, Contact, Pnr, TicketId};
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use store::BookingView;

use super::ticket_views::TicketViews;
use super::{payment, ticket};
use crate::column::{bytes, id, millis, optional_id, read, time};
use crate::fault::{Result, known_people};
use crate::known_routes::KnownRoutes;

fn booking(row: &Row<'_>) -> rusqlite::Result<Booking> {
    Ok(Booking {
        id: id(row, "id")?,
        pnr: Pnr::from_stored(row.get("pnr")?),
        user_id: optional_id(row, "user_id")?,
        contact: Contact {
            name: row.get("contact_name")?,
            phone: read(row, "contact_phone", |digits: String| Some(Phone::from_stored(digits)))?,
            email: row.get("contact_email")?,
        },
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

const INSERT: &str = "INSERT INTO bookings (id, pnr, user_id, contact_name, contact_phone, \
     contact_email, created_at, updated_at) VALUES (:id, :pnr, :user_id, :name, :phone, :email, \
     :created_at, :updated_at)";

/// A new booking. A code that another one has fails it.
pub(crate) fn insert(connection: &Connection, booking: &Booking) -> Result<()> {
    let inserted = connection.prepare_cached(INSERT)?.execute(named_params! {
        ":id": bytes(booking.id.0),
        ":pnr": booking.pnr.as_str(),
        ":user_id": booking.user_id.map(|id| bytes(id.0)),
        ":name": booking.contact.name,
        ":phone": booking.contact.phone.as_str(),
        ":email": booking.contact.email,
        ":created_at": millis(booking.created_at),
        ":updated_at": millis(booking.updated_at),
    });
    known_people(inserted)
}

/// All of a booking that can change.
pub(crate) fn update(connection: &Connection, booking: &Booking) -> Result<()> {
    const UPDATE: &str = "UPDATE bookings SET contact_name = :name, contact_phone = :phone, \
         contact_email = :email, updated_at = :updated_at WHERE id = :id";
    let updated = connection.prepare_cached(UPDATE)?.execute(named_params! {
        ":id": bytes(booking.id.0),
        ":name": booking.contact.name,
        ":phone": booking.contact.phone.as_str(),
        ":email": booking.contact.email,
        ":updated_at": millis(booking.updated_at),
    });
    known_people(updated)
}

pub(crate) fn by_id(connection: &Connection, id: BookingId) -> Result<Option<Booking>> {
    let found = connection
        .prepare_cached("SELECT * FROM bookings WHERE id = ?")?
        .query_row([bytes(id.0)], booking)
        .optional()?;
    Ok(found)
}

pub(crate) fn by_pnr(connection: &Connection, pnr: &Pnr) -> Result<Option<Booking>> {
    let found = connection
        .prepare_cached("SELECT * FROM bookings WHERE pnr = ?")?
        .query_row([pnr.as_str()], booking)
        .optional()?;
    Ok(found)
}

/// Whether a booking has this code.
pub(crate) fn has_pnr(connection: &Connection, pnr: &Pnr) -> Result<bool> {
    let has = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM bookings WHERE pnr = ?)")?
        .query_row([pnr.as_str()], |row| row.get(0))?;
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
pub(crate) fn view(
    connection: &Connection,
    known: &KnownRoutes,
    booking: Booking,
) -> Result<BookingView> {
    let mut views = TicketViews::new(connection, known);
    let tickets = ticket::of_booking(connection, booking.id)?;
    let tickets = tickets.into_iter().map(|ticket| views.of(ticket)).collect::<Result<_>>()?;
    let payments = payment::of_booking(connection, booking.id)?;
    Ok(BookingView { booking, tickets, payments })
}

//! `tickets`.

use std::borrow::Cow;

use domain::fair_use::{Claim, Claims};
use domain::passenger::{Passenger, Phone};
use domain::ticket::CancelCause;
use domain::{BookingId, CityKey, Holder, Pnr, RouteId, Ticket, TicketId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use store::{DataKeys, Facets, TicketColumns, TicketFigures, TicketPerson, TicketStats};

use super::{expired_hold, reserved_from};
use crate::column::{
    self, bytes, cancel_cause, count, gender, id, millis, money, optional_id, optional_time,
    payment_status, seat, segment_at, ticket_status, time, unopened,
};
use crate::db::Db;
use crate::fault::{Result, known_people};

/// The tickets that the condition names, in the columns that [`ticket`] reads, in its order.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, pnr, route_id, user_id, issued_by_id, from_city, to_city, from_stop_index, \
             to_stop_index, seat_number, gender, price, identity_number, phone, passenger_name, \
             status, payment_status, expires_at, suspended_at, cancelled_at, cancel_cause, \
             changed_by_id, created_at, updated_at, booking_id, passport_number, passport_country, \
             sealed FROM tickets WHERE ",
            $condition
        )
    };
}

fn ticket(keys: &DataKeys, row: &Row<'_>) -> rusqlite::Result<Ticket> {
    let id: TicketId = id(row, 0)?;
    let TicketPerson { name, phone, identity } = person(keys, id, row)?;
    Ok(Ticket {
        id,
        booking_id: column::id(row, 24)?,
        pnr: Pnr::from_stored(row.get(1)?),
        route_id: column::id(row, 2)?,
        user_id: optional_id(row, 3)?,
        issued_by_id: optional_id(row, 4)?,
        from_city: row.get(5)?,
        to_city: row.get(6)?,
        segment: segment_at(row, 7, 8)?,
        seat: seat(row, 9)?,
        passenger: Passenger { name, gender: gender(row, 10)?, identity },
        price: money(row, 11)?,
        phone,
        status: ticket_status(row, 15)?,
        payment_status: payment_status(row, 16)?,
        expires_at: optional_time(row, 17)?,
        suspended_at: optional_time(row, 18)?,
        cancelled_at: optional_time(row, 19)?,
        cancel_cause: cancel_cause(row, 20)?,
        changed_by_id: optional_id(row, 21)?,
        created_at: time(row, 22)?,
        updated_at: time(row, 23)?,
    })
}

fn person(keys: &DataKeys, id: TicketId, row: &Row<'_>) -> rusqlite::Result<TicketPerson> {
    // Borrowed: a list reads these columns for thousands of rows.
    let text =
        |at: usize| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_str_or_null()?.map(Cow::from));
    let columns = TicketColumns {
        sealed: row.get(27)?,
        phone: text(13)?.unwrap_or_default(),
        name: text(14)?.unwrap_or_default(),
        identity_number: text(12)?,
        passport_number: text(25)?,
        passport_country: text(26)?,
    };
    keys.ticket_person(id, columns).map_err(unopened)
}

/// The phone number alone, from the columns `phone` and `sealed` at these places.
pub(crate) fn phone(
    keys: &DataKeys,
    id: TicketId,
    row: &Row<'_>,
    [phone, sealed]: [usize; 2],
) -> rusqlite::Result<Phone> {
    let columns = TicketColumns {
        sealed: row.get(sealed)?,
        phone: row.get_ref(phone)?.as_str()?.into(),
        ..TicketColumns::default()
    };
    keys.ticket_person(id, columns).map(|person| person.phone).map_err(unopened)
}

const INSERT: &str = "INSERT INTO tickets (id, booking_id, pnr, route_id, user_id, issued_by_id, from_city, \
     to_city, from_stop_index, to_stop_index, seat_number, gender, price, identity_number, phone, \
     passenger_name, status, payment_status, expires_at, suspended_at, cancelled_at, cancel_cause, \
     changed_by_id, created_at, updated_at, from_key, to_key, facet, passport_number, \
     passport_country, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
     ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const UPDATE: &str = "UPDATE tickets SET seat_number = :seat, gender = :gender, phone = :phone, \
     passenger_name = :passenger_name, identity_number = :identity_number, \
     passport_number = :passport_number, passport_country = :passport_country, sealed = :sealed, status = :status, payment_status = :payment_status, \
     facet = :facet, expires_at = :expires_at, suspended_at = :suspended_at, cancelled_at = :cancelled_at, \
     cancel_cause = :cancel_cause, changed_by_id = :changed_by_id, updated_at = :updated_at \
     WHERE id = :id";

/// A new ticket. It fails for an id that exists already: a ticket is never written over.
pub(crate) fn insert(db: &Db, ticket: &Ticket) -> Result<()> {
    let person = db.keys().ticket_columns(ticket);
    // In the order of the columns: to look up each by its name takes longer than to bind it.
    let inserted = db.prepare_cached(INSERT)?.execute(params![
        bytes(ticket.id.0),
        bytes(ticket.booking_id.0),
        ticket.pnr.as_str(),
        bytes(ticket.route_id.0),
        ticket.user_id.map(|id| bytes(id.0)),
        ticket.issued_by_id.map(|id| bytes(id.0)),
        ticket.from_city,
        ticket.to_city,
        ticket.segment.from().get(),
        ticket.segment.to().get(),
        ticket.seat.get(),
        ticket.passenger.gender.as_str(),
        ticket.price.get(),
        person.identity_number,
        person.phone,
        person.name,
        ticket.status.as_str(),
        ticket.payment_status.as_str(),
        ticket.expires_at.map(millis),
        ticket.suspended_at.map(millis),
        ticket.cancelled_at.map(millis),
        ticket.cancel_cause.map(CancelCause::as_str),
        ticket.changed_by_id.map(|id| bytes(id.0)),
        millis(ticket.created_at),
        millis(ticket.updated_at),
        CityKey::new(&ticket.from_city).as_str(),
        CityKey::new(&ticket.to_city).as_str(),
        Facets::of_ticket(ticket),
        person.passport_number,
        person.passport_country,
        person.sealed,
    ]);
    known_people(inserted)
}

/// All columns of a ticket that can change.
pub(crate) fn update(db: &Db, ticket: &Ticket) -> Result<()> {
    // The document cannot change; but a row from before there was a key is sealed whole.
    let person = db.keys().ticket_columns(ticket);
    let updated = db.prepare_cached(UPDATE)?.execute(named_params! {
        ":id": bytes(ticket.id.0),
        ":seat": ticket.seat.get(),
        ":gender": ticket.passenger.gender.as_str(),
        ":phone": person.phone,
        ":passenger_name": person.name,
        ":identity_number": person.identity_number,
        ":passport_number": person.passport_number,
        ":passport_country": person.passport_country,
        ":sealed": person.sealed,
        ":status": ticket.status.as_str(),
        ":payment_status": ticket.payment_status.as_str(),
        ":facet": Facets::of_ticket(ticket),
        ":expires_at": ticket.expires_at.map(millis),
        ":suspended_at": ticket.suspended_at.map(millis),
        ":cancelled_at": ticket.cancelled_at.map(millis),
        ":cancel_cause": ticket.cancel_cause.map(CancelCause::as_str),
        ":changed_by_id": ticket.changed_by_id.map(|id| bytes(id.0)),
        ":updated_at": millis(ticket.updated_at),
    });
    known_people(updated)
}

pub(crate) fn by_id(db: &Db, id: TicketId) -> Result<Option<Ticket>> {
    let found = db
        .prepare_cached(select!("id = ?"))?
        .query_row([bytes(id.0)], |row| ticket(db.keys(), row))
        .optional()?;
    Ok(found)
}

/// The first of the booking's.
pub(crate) fn by_pnr(db: &Db, pnr: &Pnr) -> Result<Option<Ticket>> {
    let found = db
        .prepare_cached(select!(
            "booking_id = (SELECT id FROM bookings WHERE pnr_rank = ?) ORDER BY id LIMIT 1"
        ))?
        .query_row([db.pnr_order().rank(pnr)], |row| ticket(db.keys(), row))
        .optional()?;
    Ok(found)
}

/// In the order in which they were booked, which is that of their ids.
pub(crate) fn of_booking(db: &Db, booking_id: BookingId) -> Result<Vec<Ticket>> {
    let tickets = db
        .prepare_cached(select!("booking_id = ? ORDER BY id"))?
        .query_map([bytes(booking_id.0)], |row| ticket(db.keys(), row))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(tickets)
}

pub(crate) fn due_holds(
    connection: &Connection,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<TicketId>> {
    let due = connection
        .prepare_cached(
            "SELECT id FROM tickets WHERE status = 'RESERVED' AND expires_at <= ? \
             ORDER BY expires_at LIMIT ?",
        )?
        .query_map(params![millis(now), limit], |row| id(row, "id"))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(due)
}

/// Seats on a route that are reserved and not paid.
pub(crate) fn claims(db: &Db, route_id: RouteId, claims: &mut Claims) -> Result<()> {
    let reserved: Vec<Ticket> = db
        // `+`: through the legs that are taken, not through the holds of all routes.
        .prepare_cached(select!(
            "id IN (SELECT holder_id FROM seat_legs WHERE route_id = ? AND holder_kind = 0) \
             AND +status = 'RESERVED'"
        ))?
        .query_map([bytes(route_id.0)], |row| ticket(db.keys(), row))?
        .collect::<rusqlite::Result<_>>()?;
    let addresses = reserved_from::of_route(db, route_id)?;
    for ticket in &reserved {
        if let Some(ends_at) = ticket.expires_at {
            let address = addresses.get(&ticket.id).copied();
            let claim = Claim { address, ..Claim::of_reservation(ticket, ends_at) };
            claims.put(Holder::Ticket(ticket.id), claim);
        }
    }
    Ok(())
}

pub(crate) fn next_hold_end(connection: &Connection) -> Result<Option<Timestamp>> {
    let next = connection
        .prepare_cached("SELECT min(expires_at) AS next FROM tickets WHERE status = 'RESERVED'")?
        .query_row([], |row| optional_time(row, "next"))?;
    Ok(next)
}

/// How many are reserved.
pub(crate) fn reserved(connection: &Connection) -> Result<u64> {
    let reserved = connection
        .prepare_cached(
            "SELECT count(expires_at) AS reserved FROM tickets WHERE status = 'RESERVED'",
        )?
        .query_row([], |row| row.get("reserved"))?;
    Ok(reserved)
}

/// The facets that some ticket has.
pub(crate) fn facets_in_use(connection: &Connection) -> Result<Facets> {
    let facets = connection
        .prepare_cached("SELECT facet FROM ticket_figures WHERE tickets > 0")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(facets)
}

/// The figures of every facet.
pub(crate) fn figures(connection: &Connection) -> Result<Vec<TicketFigures>> {
    let figures = connection
        .prepare_cached("SELECT facet, tickets, revenue FROM ticket_figures ORDER BY facet")?
        .query_map([], |row| {
            Ok(TicketFigures {
                facet: row.get("facet")?,
                tickets: count(row, "tickets")?,
                revenue: money(row, "revenue")?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(figures)
}

pub(crate) fn stats(connection: &Connection) -> Result<TicketStats> {
    Ok(TicketStats::sum(figures(connection)?, expired_hold::figures(connection)?))
}

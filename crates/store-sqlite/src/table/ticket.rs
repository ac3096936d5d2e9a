//! `tickets`.

use domain::fair_use::{Claim, Claims};
use domain::identity::{CountryCode, Identity, IdentityNumber, Passport, PassportNumber};
use domain::passenger::{Passenger, Phone};
use domain::ticket::CancelCause;
use domain::{BookingId, CityKey, Holder, Pnr, RouteId, Ticket, TicketId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use store::{Facets, TicketFigures, TicketStats};

use super::{expired_hold, reserved_from};
use crate::column::{
    bytes, cancel_cause, count, gender, id, millis, money, optional_id, optional_time,
    payment_status, read, seat, segment_at, ticket_status, time,
};
use crate::fault::{Result, known_people};

/// The tickets that the condition names, in the columns that [`ticket`] reads, in its order.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, pnr, route_id, user_id, issued_by_id, from_city, to_city, from_stop_index, \
             to_stop_index, seat_number, gender, price, identity_number, phone, passenger_name, \
             status, payment_status, expires_at, suspended_at, cancelled_at, cancel_cause, \
             changed_by_id, created_at, updated_at, booking_id, passport_number, passport_country \
             FROM tickets WHERE ",
            $condition
        )
    };
}

fn ticket(row: &Row<'_>) -> rusqlite::Result<Ticket> {
    Ok(Ticket {
        id: id(row, 0)?,
        booking_id: id(row, 24)?,
        pnr: Pnr::from_stored(row.get(1)?),
        route_id: id(row, 2)?,
        user_id: optional_id(row, 3)?,
        issued_by_id: optional_id(row, 4)?,
        from_city: row.get(5)?,
        to_city: row.get(6)?,
        segment: segment_at(row, 7, 8)?,
        seat: seat(row, 9)?,
        passenger: Passenger {
            name: row.get(14)?,
            gender: gender(row, 10)?,
            identity: identity(row)?,
        },
        price: money(row, 11)?,
        phone: Phone::from_stored(row.get(13)?),
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

/// A ticket has an identity number or a passport, or neither.
fn identity(row: &Row<'_>) -> rusqlite::Result<Option<Identity>> {
    let number: Option<String> = row.get(12)?;
    if let Some(number) = number {
        return Ok(Some(Identity::Turkish(IdentityNumber::from_stored(number))));
    }
    let number: Option<String> = row.get(25)?;
    let Some(number) = number else { return Ok(None) };
    let country = read(row, 26, |code: String| CountryCode::parse(&code).ok())?;
    let number = PassportNumber::from_stored(number);
    Ok(Some(Identity::Passport(Passport { number, country })))
}

const INSERT: &str = "INSERT INTO tickets (id, booking_id, pnr, route_id, user_id, issued_by_id, from_city, \
     to_city, from_stop_index, to_stop_index, seat_number, gender, price, identity_number, phone, \
     passenger_name, status, payment_status, expires_at, suspended_at, cancelled_at, cancel_cause, \
     changed_by_id, created_at, updated_at, from_key, to_key, facet, passport_number, \
     passport_country) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const UPDATE: &str = "UPDATE tickets SET seat_number = :seat, gender = :gender, phone = :phone, \
     passenger_name = :passenger_name, status = :status, payment_status = :payment_status, \
     facet = :facet, expires_at = :expires_at, suspended_at = :suspended_at, cancelled_at = :cancelled_at, \
     cancel_cause = :cancel_cause, changed_by_id = :changed_by_id, updated_at = :updated_at \
     WHERE id = :id";

/// A new ticket. An id that exists already fails it: a ticket is never written over.
pub(crate) fn insert(connection: &Connection, ticket: &Ticket) -> Result<()> {
    // In the order of the columns: to look each of them up by its name takes longer than to bind it.
    let inserted = connection.prepare_cached(INSERT)?.execute(params![
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
        ticket.passenger.identity_number().map(IdentityNumber::as_str),
        ticket.phone.as_str(),
        ticket.passenger.name,
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
        ticket.passenger.passport().map(|passport| passport.number.as_str()),
        ticket.passenger.passport().map(|passport| passport.country.as_str()),
    ]);
    known_people(inserted)
}

/// All of a ticket that can change.
pub(crate) fn update(connection: &Connection, ticket: &Ticket) -> Result<()> {
    let updated = connection.prepare_cached(UPDATE)?.execute(named_params! {
        ":id": bytes(ticket.id.0),
        ":seat": ticket.seat.get(),
        ":gender": ticket.passenger.gender.as_str(),
        ":phone": ticket.phone.as_str(),
        ":passenger_name": ticket.passenger.name,
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

pub(crate) fn by_id(connection: &Connection, id: TicketId) -> Result<Option<Ticket>> {
    let found = connection
        .prepare_cached(select!("id = ?"))?
        .query_row([bytes(id.0)], ticket)
        .optional()?;
    Ok(found)
}

/// The first of the booking's.
pub(crate) fn by_pnr(connection: &Connection, pnr: &Pnr) -> Result<Option<Ticket>> {
    let found = connection
        .prepare_cached(select!(
            "booking_id = (SELECT id FROM bookings WHERE pnr = ?) ORDER BY id LIMIT 1"
        ))?
        .query_row([pnr.as_str()], ticket)
        .optional()?;
    Ok(found)
}

/// In the order in which they were booked, which is that of their ids.
pub(crate) fn of_booking(connection: &Connection, booking_id: BookingId) -> Result<Vec<Ticket>> {
    let tickets = connection
        .prepare_cached(select!("booking_id = ? ORDER BY id"))?
        .query_map([bytes(booking_id.0)], ticket)?
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

/// What is reserved on a route and not paid.
pub(crate) fn claims(
    connection: &Connection,
    route_id: RouteId,
    claims: &mut Claims,
) -> Result<()> {
    let reserved: Vec<Ticket> = connection
        // `+`: through the legs that are taken, not through the holds of all routes.
        .prepare_cached(select!(
            "id IN (SELECT holder_id FROM seat_legs WHERE route_id = ? AND holder_kind = 0) \
             AND +status = 'RESERVED'"
        ))?
        .query_map([bytes(route_id.0)], ticket)?
        .collect::<rusqlite::Result<_>>()?;
    let addresses = reserved_from::of_route(connection, route_id)?;
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

/// Those that some ticket has.
pub(crate) fn facets_in_use(connection: &Connection) -> Result<Facets> {
    let facets = connection
        .prepare_cached("SELECT facet FROM ticket_figures WHERE tickets > 0")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(facets)
}

/// Of every facet.
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

//! `tickets`.

use std::collections::{BTreeMap, HashMap};

use domain::passenger::{IdentityNumber, Passenger, Phone};
use domain::ticket::{CancelCause, PaymentStatus, TicketStatus};
use domain::{CityKey, Kurus, Pnr, Refusal, RouteId, Ticket, TicketId, UserId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use store::{PaymentTotals, RouteView, TicketStats, TicketView, UserBrief};

use super::facet::Facets;
use super::{expired_hold, route, user};
use crate::column::{
    bytes, cancel_cause, count, gender, id, millis, money, optional_id, optional_time,
    payment_status, read, seat, segment, ticket_status, time,
};
use crate::fault::{Result, known_people};

fn ticket(row: &Row<'_>) -> rusqlite::Result<Ticket> {
    let identity_number: Option<String> = row.get("identity_number")?;
    Ok(Ticket {
        id: id(row, "id")?,
        pnr: Pnr::from_stored(row.get("pnr")?),
        route_id: id(row, "route_id")?,
        user_id: optional_id(row, "user_id")?,
        issued_by_id: optional_id(row, "issued_by_id")?,
        from_city: row.get("from_city")?,
        to_city: row.get("to_city")?,
        segment: segment(row)?,
        seat: seat(row, "seat_number")?,
        passenger: Passenger {
            name: row.get("passenger_name")?,
            gender: gender(row, "gender")?,
            identity_number: identity_number.map(IdentityNumber::from_stored),
        },
        price: money(row, "price")?,
        phone: read(row, "phone", |digits: String| Some(Phone::from_stored(digits)))?,
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

const INSERT: &str = "INSERT INTO tickets (id, pnr, route_id, user_id, issued_by_id, from_city, \
     to_city, from_stop_index, to_stop_index, seat_number, gender, price, identity_number, phone, \
     passenger_name, status, payment_status, expires_at, suspended_at, cancelled_at, cancel_cause, \
     changed_by_id, created_at, updated_at, from_key, to_key, facet) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
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
        ticket.passenger.identity_number.as_ref().map(IdentityNumber::as_str),
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
        .prepare_cached("SELECT * FROM tickets WHERE id = ?")?
        .query_row([bytes(id.0)], ticket)
        .optional()?;
    Ok(found)
}

pub(crate) fn by_pnr(connection: &Connection, pnr: &Pnr) -> Result<Option<Ticket>> {
    let found = connection
        .prepare_cached("SELECT * FROM tickets WHERE pnr = ?")?
        .query_row([pnr.as_str()], ticket)
        .optional()?;
    Ok(found)
}

/// Whether a ticket has this code.
pub(crate) fn has_pnr(connection: &Connection, pnr: &Pnr) -> Result<bool> {
    let has = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM tickets WHERE pnr = ?)")?
        .query_row([pnr.as_str()], |row| row.get(0))?;
    Ok(has)
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

pub(crate) fn next_hold_end(connection: &Connection) -> Result<Option<Timestamp>> {
    let next = connection
        .prepare_cached("SELECT min(expires_at) AS next FROM tickets WHERE status = 'RESERVED'")?
        .query_row([], |row| optional_time(row, "next"))?;
    Ok(next)
}

/// How many tickets a facet has, and the sum of their prices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    pub(crate) facet: i64,
    pub(crate) tickets: u64,
    pub(crate) revenue: Kurus,
}

/// Of every facet.
pub(crate) fn figures(connection: &Connection) -> Result<Vec<Figures>> {
    let figures = connection
        .prepare_cached("SELECT facet, tickets, revenue FROM ticket_figures ORDER BY facet")?
        .query_map([], |row| {
            Ok(Figures {
                facet: row.get("facet")?,
                tickets: count(row, "tickets")?,
                revenue: money(row, "revenue")?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(figures)
}

pub(crate) fn stats(connection: &Connection) -> Result<TicketStats> {
    let mut by_status = BTreeMap::<&str, (TicketStatus, u64)>::new();
    let mut by_payment_status = BTreeMap::<&str, (PaymentStatus, PaymentTotals)>::new();
    let mut total = 0;
    for figures in figures(connection)?.into_iter().filter(|figures| figures.tickets > 0) {
        let (status, payment_status, _) = Facets::parts(figures.facet);
        total += figures.tickets;
        by_status.entry(status.as_str()).or_insert((status, 0)).1 += figures.tickets;
        let none = PaymentTotals { count: 0, revenue: Kurus::ZERO };
        let paid =
            by_payment_status.entry(payment_status.as_str()).or_insert((payment_status, none));
        paid.1.count += figures.tickets;
        paid.1.revenue =
            Kurus::from_stored(paid.1.revenue.get().saturating_add(figures.revenue.get()));
    }
    Ok(TicketStats {
        total,
        by_status: by_status.into_values().collect(),
        by_payment_status: by_payment_status.into_values().collect(),
        holds_expired: expired_hold::figures(connection)?,
    })
}

/// Tickets with what belongs to them; a route that many of them share is read once.
pub(crate) struct Views<'a> {
    connection: &'a Connection,
    routes: HashMap<RouteId, RouteView>,
}

impl<'a> Views<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection, routes: HashMap::new() }
    }

    pub(crate) fn of(&mut self, ticket: Ticket) -> Result<TicketView> {
        let route = match self.routes.get(&ticket.route_id) {
            Some(view) => view.clone(),
            None => {
                let view = route::by_id(self.connection, ticket.route_id)?
                    .ok_or(Refusal::RouteNotFound)?;
                self.routes.insert(ticket.route_id, view.clone());
                view
            }
        };
        view(ticket, route, |id| user::brief(self.connection, id))
    }

    pub(crate) fn required(&mut self, id: TicketId) -> Result<TicketView> {
        let ticket = by_id(self.connection, id)?.ok_or(Refusal::TicketNotFound)?;
        self.of(ticket)
    }
}

/// A ticket on a route that is known already, with its people.
pub(crate) fn view(
    ticket: Ticket,
    route: RouteView,
    person: impl Fn(UserId) -> Result<Option<UserBrief>>,
) -> Result<TicketView> {
    let user = ticket.user_id.map(&person).transpose()?.flatten();
    let issued_by = ticket.issued_by_id.map(&person).transpose()?.flatten();
    Ok(TicketView { ticket, route, user, issued_by })
}

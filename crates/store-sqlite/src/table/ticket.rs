//! `tickets`.

use std::collections::HashMap;

use domain::calendar::TimeRange;
use domain::passenger::{IdentityNumber, Phone};
use domain::ticket::CancelCause;
use domain::{CityKey, Kurus, Pnr, Refusal, RouteId, Ticket, TicketId, UserId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use store::{
    Page, Paged, PaymentTotals, RouteView, TicketFilter, TicketStats, TicketView, UserBrief,
};

use super::{Where, blob, counts, route, text, user};
use crate::column::{
    bounds, bytes, cancel_cause, count, gender, id, millis, money, optional_id, optional_time,
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
        gender: gender(row, "gender")?,
        price: money(row, "price")?,
        identity_number: identity_number.map(IdentityNumber::from_stored),
        phone: read(row, "phone", |digits: String| Some(Phone::from_stored(digits)))?,
        passenger_name: row.get("passenger_name")?,
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
     changed_by_id, created_at, updated_at) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const UPDATE: &str = "UPDATE tickets SET seat_number = :seat, gender = :gender, phone = :phone, \
     passenger_name = :passenger_name, status = :status, payment_status = :payment_status, \
     expires_at = :expires_at, suspended_at = :suspended_at, cancelled_at = :cancelled_at, \
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
        ticket.gender.as_str(),
        ticket.price.get(),
        ticket.identity_number.as_ref().map(IdentityNumber::as_str),
        ticket.phone.as_str(),
        ticket.passenger_name,
        ticket.status.as_str(),
        ticket.payment_status.as_str(),
        ticket.expires_at.map(millis),
        ticket.suspended_at.map(millis),
        ticket.cancelled_at.map(millis),
        ticket.cancel_cause.map(CancelCause::as_str),
        ticket.changed_by_id.map(|id| bytes(id.0)),
        millis(ticket.created_at),
        millis(ticket.updated_at),
    ]);
    known_people(inserted)
}

/// All of a ticket that can change.
pub(crate) fn update(connection: &Connection, ticket: &Ticket) -> Result<()> {
    let updated = connection.prepare_cached(UPDATE)?.execute(named_params! {
        ":id": bytes(ticket.id.0),
        ":seat": ticket.seat.get(),
        ":gender": ticket.gender.as_str(),
        ":phone": ticket.phone.as_str(),
        ":passenger_name": ticket.passenger_name,
        ":status": ticket.status.as_str(),
        ":payment_status": ticket.payment_status.as_str(),
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

/// The first of these codes that no ticket has.
pub(crate) fn free_pnr(connection: &Connection, candidates: &[Pnr]) -> Result<Option<Pnr>> {
    let mut taken =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM tickets WHERE pnr = ?)")?;
    for pnr in candidates {
        if !taken.query_row([pnr.as_str()], |row| row.get::<_, bool>(0))? {
            return Ok(Some(pnr.clone()));
        }
    }
    Ok(None)
}

pub(crate) fn list(
    connection: &Connection,
    filter: &TicketFilter,
    page: Page,
) -> Result<Paged<TicketView>> {
    let mut condition = Where::default();
    condition.and_some("status = ?", filter.status, |status| text(status.as_str()));
    condition.and_some("payment_status = ?", filter.payment_status, |status| text(status.as_str()));
    condition.and_some("route_id = ?", filter.route_id, |id| blob(id.0));
    condition.and_some("user_id = ?", filter.user_id, |id| blob(id.0));
    condition.and_some("issued_by_id = ?", filter.issued_by_id, |id| blob(id.0));
    condition.and_some("pnr = ?", filter.pnr.as_ref(), |pnr| text(pnr.as_str()));
    condition.and_some("phone = ?", filter.phone.as_ref(), |phone| text(phone.as_str()));
    condition.and_some("identity_number = ?", filter.identity_number.as_ref(), |number| {
        text(number.as_str())
    });
    condition.and_some("gender = ?", filter.gender, |gender| text(gender.as_str()));
    let city = |key: &CityKey| text(key.as_str());
    condition.and_some("city_key(from_city) = ?", filter.from_city.as_ref(), city);
    condition.and_some("city_key(to_city) = ?", filter.to_city.as_ref(), city);
    if let Some((start, end)) = filter.departs.map(|range: TimeRange| bounds(range)) {
        condition.and(
            "EXISTS (SELECT 1 FROM stops WHERE stops.route_id = tickets.route_id AND \
             stops.stop_index = tickets.from_stop_index AND stops.time >= ? AND stops.time < ?)",
            [start.into(), end.into()],
        );
    }
    let order = "created_at DESC, id DESC";
    let tickets = condition.page(connection, "*", "tickets", order, page, ticket)?;
    let mut views = Views::new(connection);
    let items =
        tickets.items.into_iter().map(|ticket| views.of(ticket)).collect::<Result<Vec<_>>>()?;
    Ok(Paged { items, total: tickets.total })
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

pub(crate) fn stats(connection: &Connection) -> Result<TicketStats> {
    let by_status = counts(
        connection,
        "SELECT status AS key, count(*) AS total FROM tickets GROUP BY key ORDER BY key",
        ticket_status,
    )?;
    let by_payment_status = connection
        .prepare_cached(
            "SELECT payment_status AS key, count(*) AS total, sum(price) AS revenue FROM tickets \
             GROUP BY key ORDER BY key",
        )?
        .query_map([], |row| {
            let revenue: Kurus = money(row, "revenue")?;
            let totals = PaymentTotals { count: count(row, "total")?, revenue };
            Ok((payment_status(row, "key")?, totals))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let total = by_status.iter().map(|(_, count)| count).sum();
    Ok(TicketStats { total, by_status, by_payment_status })
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

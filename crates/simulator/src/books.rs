//! The database's own rows, read through a connection of the auditor's and none of the driver's
//! code.

use std::collections::BTreeMap;

use domain::{
    EventKind, Gender, NeighbourRule, PaymentState, PaymentStatus, Reason, RouteChange,
    TicketStatus,
};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::booking_number;
use crate::cells::Place;
use crate::documents::Document;
use crate::fault::{Checked, Fault};
use crate::kept::{BLOCKED, HELD, keeper};
use crate::rows::{BookingRow, ChangeRow, EventRow, KeyRow, PaymentRow, Row, TicketRow};
use crate::slip;
use crate::town::route_number;

/// Everything but the events, which are read as they come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    pub(crate) bookings: BTreeMap<u128, BookingRow>,
    pub(crate) tickets: BTreeMap<u128, TicketRow>,
    pub(crate) keys: BTreeMap<u64, KeyRow>,
    pub(crate) payments: Vec<PaymentRow>,
    /// The places that live holds and blocks keep.
    pub(crate) kept: Vec<(usize, Place, u128)>,
    /// Route, seat and leg, and the ticket that holds it; in this order.
    pub(crate) legs: Vec<(usize, usize, usize, u128)>,
    /// The newest event (ordinal, seq) in the routes' own rows, and whether they are on sale.
    pub(crate) heads: BTreeMap<usize, (u64, u64, bool)>,
    /// The routes' own neighbour rules.
    pub(crate) rules: BTreeMap<usize, Option<NeighbourRule>>,
}

/// The events after a position, in the order of commits.
pub(crate) fn events(connection: &Connection, after: u64) -> Checked<Vec<Row>> {
    let sql = "SELECT position, route_id, seq, kind, reason, seat_number, from_stop_index, \
               to_stop_index, gender, ticket_id, owner_id, at, ordinal FROM route_events \
               WHERE position > ? ORDER BY position";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([i64::try_from(after).unwrap_or(i64::MAX)])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get_ref(5)? == ValueRef::Null {
            events.push(Row::Change(ChangeRow {
                position: row.get(0)?,
                route: route(row, 1)?,
                ordinal: row.get(12)?,
                seq: row.get(2)?,
                change: word(row, 3, RouteChange::parse)?,
            }));
            continue;
        }
        let kind = word(row, 3, EventKind::parse)?;
        let reason = word(row, 4, Reason::parse)?;
        let (gender, ticket) = match row.get_ref(9)? {
            ValueRef::Null => (Gender::Other, keeper(reason)),
            _ => (word(row, 8, Gender::parse)?, uuid(row, 9)?),
        };
        events.push(Row::Seat(EventRow {
            position: row.get(0)?,
            route: route(row, 1)?,
            ordinal: row.get(12)?,
            seq: row.get(2)?,
            kind,
            reason,
            place: place(row, 5)?,
            gender,
            ticket,
            owner: row.get::<_, Option<[u8; 16]>>(10)?.map(u128::from_be_bytes),
            at: row.get(11)?,
        }));
    }
    Ok(events)
}

impl Books {
    pub(crate) fn read(connection: &Connection) -> Checked<Self> {
        let mut books = Self::default();
        books.read_bookings(connection)?;
        books.read_money(connection)?;
        books.read_seats(connection)?;
        books.read_keys(connection)?;
        let mut statement = connection
            .prepare_cached("SELECT id, ordinal, seq, is_active, neighbour_rule FROM routes")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let route = route(row, 0)?;
            books.heads.insert(route, (row.get(1)?, row.get(2)?, row.get(3)?));
            let rule = match row.get_ref(4)? {
                ValueRef::Null => None,
                _ => Some(word(row, 4, NeighbourRule::parse)?),
            };
            books.rules.insert(route, rule);
        }
        Ok(books)
    }

    fn read_bookings(&mut self, connection: &Connection) -> Checked {
        let mut statement =
            connection.prepare_cached("SELECT id, pnr, contact_email FROM bookings")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let address: Option<String> = row.get(2)?;
            let number = address.as_deref().and_then(booking_number::number);
            self.bookings.insert(uuid(row, 0)?, BookingRow { pnr: row.get(1)?, number });
        }
        let sql = "SELECT id, route_id, seat_number, from_stop_index, to_stop_index, gender, \
                   status, payment_status, price, expires_at, user_id, booking_id, pnr, \
                   identity_number, passport_number, passport_country FROM tickets";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let ticket = TicketRow {
                booking: uuid(row, 11)?,
                pnr: row.get(12)?,
                route: route(row, 1)?,
                place: place(row, 2)?,
                gender: word(row, 5, Gender::parse)?,
                document: document(row, 13)?,
                status: word(row, 6, TicketStatus::parse)?,
                payment_status: word(row, 7, PaymentStatus::parse)?,
                price: row.get(8)?,
                expires_at: row.get(9)?,
                owner: optional_uuid(row, 10)?,
            };
            self.tickets.insert(uuid(row, 0)?, ticket);
        }
        Ok(())
    }

    fn read_money(&mut self, connection: &Connection) -> Checked {
        let sql = "SELECT s.payment_id, s.ticket_id, p.provider, s.amount, s.state, p.booking_id, \
                   p.paid_by_id FROM payment_shares s JOIN payments p ON p.id = s.payment_id \
                   ORDER BY s.payment_id, s.ticket_id";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.payments.push(PaymentRow {
                id: uuid(row, 0)?,
                booking: uuid(row, 5)?,
                payer: optional_uuid(row, 6)?,
                ticket: uuid(row, 1)?,
                provider: row.get(2)?,
                amount: row.get(3)?,
                state: word(row, 4, PaymentState::parse)?,
            });
        }
        Ok(())
    }

    fn read_seats(&mut self, connection: &Connection) -> Checked {
        let sql = "SELECT route_id, seat_number, leg, holder_id, holder_kind FROM seat_legs \
                   ORDER BY route_id, seat_number, leg";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let holder = match row.get::<_, u8>(4)? {
                0 => uuid(row, 3)?,
                1 => HELD,
                _ => BLOCKED,
            };
            self.legs.push((route(row, 0)?, row.get(1)?, row.get(2)?, holder));
        }
        for (table, keeper) in [("holds WHERE state = 'LIVE'", HELD), ("blocks", BLOCKED)] {
            let sql = format!(
                "SELECT t.route_id, s.value, t.from_stop_index, t.to_stop_index \
                 FROM (SELECT * FROM {table}) t, json_each(t.seats) s ORDER BY t.id, s.value"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                self.kept.push((route(row, 0)?, place(row, 1)?, keeper));
            }
        }
        Ok(())
    }

    fn read_keys(&mut self, connection: &Connection) -> Checked {
        let mut statement = connection.prepare_cached(
            "SELECT id, payment_id, content, created_at = 0 FROM idempotency_keys",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: [u8; 32] = row.get(0)?;
            let (payment, content) = (optional_uuid(row, 1)?, row.get(2)?);
            let key = KeyRow { payment, content, is_free: row.get(3)? };
            self.keys.insert(slip::number(id), key);
        }
        Ok(())
    }
}

/// The identity number, and a passport's number and country.
fn document(row: &rusqlite::Row<'_>, column: usize) -> Checked<Option<Document>> {
    let text = |column| {
        let text = row.get_ref(column)?.as_str_or_null();
        Ok::<_, Fault>(text.map_err(rusqlite::Error::from)?)
    };
    let passport = text(column + 1)?.zip(text(column + 2)?);
    Document::of_row(text(column)?, passport)
}

fn optional_uuid(row: &rusqlite::Row<'_>, column: usize) -> Checked<Option<u128>> {
    Ok(row.get::<_, Option<[u8; 16]>>(column)?.map(u128::from_be_bytes))
}

fn uuid(row: &rusqlite::Row<'_>, column: usize) -> Checked<u128> {
    Ok(u128::from_be_bytes(row.get(column)?))
}

fn route(row: &rusqlite::Row<'_>, column: usize) -> Checked<usize> {
    let id = uuid(row, column)?;
    route_number(id).ok_or_else(|| Fault(format!("a row of the unknown route {id:032x}")))
}

fn place(row: &rusqlite::Row<'_>, column: usize) -> Checked<Place> {
    let place =
        Place { seat: row.get(column)?, from: row.get(column + 1)?, to: row.get(column + 2)? };
    if place.exists() { Ok(place) } else { Err(Fault(format!("a row of nowhere: {place:?}"))) }
}

fn word<T>(
    row: &rusqlite::Row<'_>,
    column: usize,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Checked<T> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    parse(text).ok_or_else(|| Fault(format!("a row with the word {text:?}")))
}

//! The rows of a customer's booking, each written by a statement of its own.

use std::ops::Range;

use domain::Pnr;
use domain::pnr::PNRS;
use rusqlite::{Connection, params};

use crate::company::LEGS;

/// Writes bookings on departures of its own.
pub(super) struct Rows<'a> {
    connection: &'a Connection,
    routes: Vec<Id>,
    /// The number of each departure's newest event.
    seqs: Vec<i64>,
    /// Rows so far that need a number of their own.
    count: u64,
}

type Id = [u8; 16];

const USER: Id = [1; 16];
const BUS: Id = [2; 16];
const NOW: i64 = 1_760_000_000_000;
const HOLD_MILLIS: i64 = 900_000;

/// The audit's fields of a new ticket.
const SOLD: &str = r#"{"status":"RESERVED","paymentStatus":"PENDING","seatNumber":9,"fromStopIndex":0,"toStopIndex":3,"price":450,"expiresAt":"2026-11-28T16:14:23.629Z","userId":"01010101-0101-0101-0101-010101010101","issuedById":"01010101-0101-0101-0101-010101010101","passengerName":"***","gender":"***","userPhoneNumber":"***"}"#;

impl<'a> Rows<'a> {
    pub(super) fn prepare(connection: &'a Connection, routes: usize) -> anyhow::Result<Self> {
        connection.execute(
            "INSERT INTO users (id, email, password_hash, first_name, last_name, role, created_at, \
             updated_at) VALUES (?, 'a@b.example', '', 'A', 'B', 'CUSTOMER', ?, ?)",
            params![USER, NOW, NOW],
        )?;
        connection.execute(
            "INSERT INTO buses (id, plate, model, seat_count, layout_type, layout, specs, created_at, \
             updated_at) VALUES (?, '34 BNC 01', '', 50, '', '', '{}', ?, ?)",
            params![BUS, NOW, NOW],
        )?;
        let mut rows = Self { connection, routes: Vec::new(), seqs: vec![0; routes], count: 0 };
        connection.execute_batch("BEGIN")?;
        for _ in 0..routes {
            let id = rows.id();
            connection.execute(
                "INSERT INTO routes (id, bus_id, departs_at, price, kind, rest_stops, is_active, \
                 created_at, updated_at) VALUES (?, ?, ?, 45000, 'STANDARD', '[]', 1, ?, ?)",
                params![id, BUS, NOW, NOW, NOW],
            )?;
            rows.routes.push(id);
        }
        connection.execute_batch("COMMIT")?;
        Ok(rows)
    }

    /// One booking of these seats, counted from 0; each is a ticket with its legs and its event.
    pub(super) fn book(&mut self, route: usize, seats: Range<usize>) -> anyhow::Result<()> {
        let (booking, pnr, rank) = (self.id(), self.pnr()?, self.next());
        let pnr = pnr.as_str();
        let (Some(&route_id), Some(&first)) = (self.routes.get(route), self.seqs.get(route)) else {
            anyhow::bail!("there is no departure {route}")
        };
        self.connection
            .prepare_cached(
                "INSERT INTO bookings (id, pnr, pnr_rank, user_id, contact_name, contact_phone, \
                 contact_email, created_at, updated_at) \
                 VALUES (?, ?, ?, ?, NULL, '5321234567', NULL, ?, ?)",
            )?
            .execute(params![booking, pnr, i64::try_from(rank)?, USER, NOW, NOW])?;
        let booked = r#"{"userId":"01010101-0101-0101-0101-010101010101","contactPhone":"***"}"#;
        self.audit("created", "BOOKING", (None, booking, None), booked)?;
        let mut seq = first;
        for seat in seats {
            seq += 1;
            let (seat, ticket) = (i64::try_from(seat)? + 1, self.id());
            self.ticket(ticket, (booking, pnr), (route_id, seat))?;
            self.event(seq, ticket, pnr, (route_id, seat))?;
            self.audit("booked", "TICKET", (Some(ticket), booking, Some(route_id)), SOLD)?;
        }
        self.connection
            .prepare_cached("UPDATE routes SET ordinal = ?, seq = ? WHERE id = ?")?
            .execute(params![seq, seq, route_id])?;
        if let Some(known) = self.seqs.get_mut(route) {
            *known = seq;
        }
        Ok(())
    }

    fn ticket(
        &self,
        ticket: Id,
        (booking, pnr): (Id, &str),
        (route, seat): (Id, i64),
    ) -> anyhow::Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO tickets (id, booking_id, pnr, route_id, user_id, issued_by_id, from_city, \
                 to_city, from_stop_index, to_stop_index, seat_number, gender, price, \
                 identity_number, phone, passenger_name, status, payment_status, expires_at, \
                 created_at, updated_at, from_key, to_key, facet) VALUES (?1, ?2, ?3, ?4, ?5, ?5, \
                 'Istanbul', 'Ankara', 0, 3, ?6, 'OTHER', 45000, NULL, '5321234567', 'A Passenger', \
                 'RESERVED', 'PENDING', ?7, ?8, ?8, 'istanbul', 'ankara', 2)",
            )?
            .execute(params![ticket, booking, pnr, route, USER, seat, NOW + HOLD_MILLIS, NOW])?;
        let mut legs = self.connection.prepare_cached(
            "INSERT INTO seat_legs (route_id, seat_number, leg, holder_kind, holder_id) \
             VALUES (?, ?, ?, 0, ?)",
        )?;
        for leg in 0..LEGS {
            legs.execute(params![route, seat, i64::try_from(leg)?, ticket])?;
        }
        Ok(())
    }

    fn event(
        &self,
        seq: i64,
        ticket: Id,
        pnr: &str,
        (route, seat): (Id, i64),
    ) -> anyhow::Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO route_events (route_id, ordinal, seq, kind, at, seat_number, \
                 from_stop_index, to_stop_index, from_city, to_city, price, gender, reason, ticket_id, \
                 pnr, owner_id) VALUES (?1, ?2, ?2, 'seat_reserved', ?3, ?4, 0, 3, 'Istanbul', \
                 'Ankara', 45000, 'OTHER', 'booked', ?5, ?6, ?7)",
            )?
            .execute(params![route, seq, NOW, seat, ticket, pnr, USER])?;
        Ok(())
    }

    fn audit(
        &self,
        action: &str,
        subject: &str,
        (ticket, booking, route): (Option<Id>, Id, Option<Id>),
        after: &str,
    ) -> anyhow::Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO audit (at, actor, actor_id, action, subject, ticket_id, booking_id, \
                 route_id, request_id, before, after) VALUES (?, 'CUSTOMER', ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
            )?
            .execute(params![NOW, USER, action, subject, ticket, booking, route, USER, after])?;
        Ok(())
    }

    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Different each time, in no order.
    fn pnr(&mut self) -> anyhow::Result<Pnr> {
        /// Prime to [`PNRS`], so that no number comes twice.
        const STRIDE: u64 = 36_124_567;
        Ok(Pnr::from_number(u32::try_from(self.next() * STRIDE % u64::from(PNRS))?))
    }

    /// Like a v7 UUID: a later one sorts after it, the rest is random.
    fn id(&mut self) -> Id {
        let head = u128::from(NOW.unsigned_abs() + self.next() / 10) << 80;
        (head | (u128::from(fastrand::u64(..)) << 12)).to_be_bytes()
    }
}

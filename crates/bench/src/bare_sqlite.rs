//! What the database itself can take: the rows of a booking, written in a bare loop.
//!
//! The tables are Seatwire's own, from its migrations; the pragmas are its own, too. Everything else
//! is left out: no facts are read, nothing is decided, no booking can fail alone.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use crate::company::LEGS;
use crate::cores;

/// Bookings in one transaction: as many as there are clients of the server.
const GROUP: usize = 64;

const SCHEMA: [&str; 2] = [
    include_str!("../../store-sqlite/migrations/V1__inventory.sql"),
    include_str!("../../store-sqlite/migrations/V3__route_events.sql"),
];

/// How long the write-ahead log becomes before it is copied, in pages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Log {
    /// A thousand, by the commit that comes to them: as SQLite does by itself.
    AsItComes,
    /// As many as Seatwire's, still copied by a commit.
    Long,
}

/// As `LOG_PAGES` of `store-sqlite`.
const LONG_LOG_PAGES: i64 = 8_192;

/// How long that many bookings of distinct seats take, each with three legs, on the server's core.
pub(crate) fn book(
    folder: &Path,
    log: Log,
    bookings: usize,
    routes: usize,
) -> anyhow::Result<Duration> {
    let path = folder.join("bare.db");
    let writing = std::thread::spawn(move || {
        cores::keep_on(cores::Side::Server)?;
        write(&path, log, bookings, routes)
    });
    writing.join().unwrap_or_else(|_| anyhow::bail!("the bare loop panicked"))
}

fn write(path: &Path, log: Log, bookings: usize, routes: usize) -> anyhow::Result<Duration> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    if let Log::Long = log {
        connection.pragma_update(None, "wal_autocheckpoint", LONG_LOG_PAGES)?;
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(16);
    SCHEMA.iter().try_for_each(|tables| connection.execute_batch(tables))?;
    let route_ids = prepare(&connection, routes)?;
    let mut seqs = vec![0_i64; routes];
    let start = Instant::now();
    let mut next = 0;
    while next < bookings {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for index in next..(next + GROUP).min(bookings) {
            let route = index % routes;
            let seat = i64::try_from(index / routes)? + 1;
            if let (Some(id), Some(seq)) = (route_ids.get(route), seqs.get_mut(route)) {
                *seq += 1;
                one(&connection, id, seat, *seq)?;
            }
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        next += GROUP;
    }
    Ok(start.elapsed())
}

const USER: [u8; 16] = [1; 16];
const NOW: i64 = 1_760_000_000_000;

fn prepare(connection: &Connection, routes: usize) -> anyhow::Result<Vec<[u8; 16]>> {
    connection.execute(
        "INSERT INTO users VALUES (?, 'a@b.example', '', 'A', 'B', NULL, 'CUSTOMER', ?, ?)",
        params![USER, NOW, NOW],
    )?;
    connection.execute(
        "INSERT INTO buses VALUES (?, '34 BNC 01', '', 50, '', '', '', NULL, NULL, NULL, NULL, 0, 0)",
        [USER],
    )?;
    let mut ids = Vec::with_capacity(routes);
    connection.execute_batch("BEGIN")?;
    for _ in 0..routes {
        let id = id();
        connection.execute(
            "INSERT INTO routes VALUES (?, ?, ?, 45000, 'STANDARD', '[]', NULL, NULL, NULL, NULL, \
             1, 0, ?, ?, 0)",
            params![id, USER, NOW, NOW, NOW],
        )?;
        ids.push(id);
    }
    connection.execute_batch("COMMIT")?;
    Ok(ids)
}

/// Three legs, the ticket, its event, and the route's next number.
fn one(connection: &Connection, route: &[u8; 16], seat: i64, seq: i64) -> anyhow::Result<()> {
    let (ticket, pnr) = (id(), pnr());
    let mut legs = connection.prepare_cached("INSERT INTO seat_legs VALUES (?, ?, ?, ?)")?;
    for leg in 0..LEGS {
        legs.execute(params![route, seat, i64::try_from(leg)?, ticket])?;
    }
    connection
        .prepare_cached(
            "INSERT INTO tickets VALUES (?, ?, ?, ?, NULL, 'Istanbul', 'Ankara', 0, 3, ?, 'OTHER', \
             45000, NULL, '5321234567', 'A Passenger', 'RESERVED', 'PENDING', ?, NULL, NULL, NULL, \
             NULL, ?, ?)",
        )?
        .execute(params![ticket, pnr, route, USER, seat, NOW + 900_000, NOW, NOW])?;
    connection
        .prepare_cached(
            "INSERT INTO route_events VALUES (NULL, ?, ?, ?, 'seat_reserved', ?, ?, 0, 3, 'Istanbul', \
             'Ankara', 45000, 'OTHER', 'booked', ?, ?, ?)",
        )?
        .execute(params![route, seq, seq, NOW, seat, ticket, pnr, USER])?;
    connection
        .prepare_cached("UPDATE routes SET ordinal = ?, seq = ? WHERE id = ?")?
        .execute(params![seq, seq, route])?;
    Ok(())
}

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

fn next() -> u64 {
    NEXT.with(|next| next.replace(next.get() + 1))
}

/// Nine characters, each time others, in no order.
fn pnr() -> String {
    const KINDS: u64 = 36_u64.pow(5);
    /// Prime to `KINDS`, so that no number comes twice.
    const STRIDE: u64 = 36_124_567;
    let mut number = next() * STRIDE % KINDS;
    let mut pnr = "VV00".to_owned();
    for _ in 0..5 {
        let digit = u32::try_from(number % 36).ok().and_then(|digit| char::from_digit(digit, 36));
        pnr.push(digit.unwrap_or('0').to_ascii_uppercase());
        number /= 36;
    }
    pnr
}

/// As a v7 UUID is: what is made later sorts behind, the rest is chance.
fn id() -> [u8; 16] {
    let next = next();
    let head = u128::from(NOW.unsigned_abs() + next / 10) << 80;
    (head | (u128::from(fastrand::u64(..)) << 12)).to_be_bytes()
}

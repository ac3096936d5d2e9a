//! How fast the database itself is: the rows of a booking, written in a bare loop.
//!
//! The tables are made by the store, so they have all of its indexes and triggers; the pragmas are
//! its own, too. Everything else is left out: no facts are read, nothing is decided, no booking can
//! fail alone. The rows are those of a booking by a customer (`rows.rs`); every run compares them
//! with what the server has written ([`Written`]).

mod rows;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::cores;
use rows::Rows;

/// Bookings in one transaction: as many as there are clients of the server.
const GROUP: usize = 64;

/// How long the write-ahead log may become before it is copied, in pages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Log {
    /// A thousand, copied by the commit that reaches them: SQLite's default.
    AsItComes,
    /// As many as Seatwire's, still copied by a commit.
    Long,
}

/// As `LOG_PAGES` of `store-sqlite`.
const LONG_LOG_PAGES: i64 = 8_192;

/// As `WRITER_CACHE_KIB` of `store-sqlite`.
const CACHE_KIB: i64 = 8_192;

/// What is booked: distinct seats, each with three legs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) bookings: usize,
    pub(crate) routes: usize,
    /// Of each booking.
    pub(crate) tickets: usize,
}

/// Returns how long that takes on the server's core, and what it has written.
pub(crate) fn book(folder: &Path, log: Log, plan: Plan) -> anyhow::Result<(Duration, Written)> {
    let path = folder.join("bare.db");
    let writing = std::thread::spawn(move || {
        cores::keep_on(cores::Side::Server)?;
        let connection = open(&path)?;
        let before = Written::so_far(&connection)?;
        let took = write(&connection, log, plan)?;
        Ok((took, Written::so_far(&connection)?.since(&before)))
    });
    writing.join().unwrap_or_else(|_| anyhow::bail!("the bare loop panicked"))
}

fn write(connection: &Connection, log: Log, plan: Plan) -> anyhow::Result<Duration> {
    if let Log::Long = log {
        connection.pragma_update(None, "wal_autocheckpoint", LONG_LOG_PAGES)?;
    }
    let mut rows = Rows::prepare(connection, plan.routes)?;
    let start = Instant::now();
    for first in (0..plan.bookings).step_by(GROUP) {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for index in first..(first + GROUP).min(plan.bookings) {
            let first_seat = index / plan.routes * plan.tickets;
            rows.book(index % plan.routes, first_seat..first_seat + plan.tickets)?;
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
    }
    Ok(start.elapsed())
}

/// A new database with the store's tables.
fn open(path: &Path) -> anyhow::Result<Connection> {
    store_sqlite::open(path)?.0.close();
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(16);
    Ok(connection)
}

/// How many rows each table has, by the types of their columns: `text`, `null` and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written(BTreeMap<String, usize>);

impl Written {
    /// In a database that a server may have open.
    pub(crate) fn in_file(path: &Path) -> anyhow::Result<Self> {
        Self::so_far(&Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
    }

    fn so_far(connection: &Connection) -> anyhow::Result<Self> {
        let mut rows = BTreeMap::new();
        let mut columns = connection.prepare(
            "SELECT t.name, group_concat('typeof(' || c.name || ')', ' || '' '' || ') \
             FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' \
             GROUP BY t.name",
        )?;
        let mut tables = columns.query([])?;
        while let Some(table) = tables.next()? {
            let (name, types): (String, String) = (table.get(0)?, table.get(1)?);
            let mut kinds =
                connection.prepare(&format!("SELECT {types}, count(*) FROM {name} GROUP BY 1"))?;
            let mut kinds = kinds.query([])?;
            while let Some(kind) = kinds.next()? {
                rows.insert(format!("{name}: {}", kind.get::<_, String>(0)?), kind.get(1)?);
            }
        }
        Ok(Self(rows))
    }

    pub(crate) fn since(mut self, before: &Self) -> Self {
        for (kind, count) in &before.0 {
            if let Some(now) = self.0.get_mut(kind) {
                *now = now.saturating_sub(*count);
            }
        }
        self
    }

    /// What each of this many bookings has written, without rows that only some have.
    pub(crate) fn by_each_of(mut self, bookings: usize) -> Self {
        self.0.values_mut().for_each(|count| *count /= bookings.max(1));
        self.0.retain(|_, count| *count > 0);
        self
    }
}

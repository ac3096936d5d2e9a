//! How fast PostgreSQL itself is: the rows that a server has written for bookings, written again in
//! a bare loop.
//!
//! The rows are kept aside in the same database (schema `aside`) and copied from there, so they are
//! the server's to the last byte, and the tables are the store's with all of their indexes,
//! constraints and triggers. Nothing is sent over the wire but the statements, no facts are read,
//! nothing is decided: even a perfect server would do more.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use futures_util::future::try_join_all;
use tokio::task::JoinSet;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use crate::figure::float;

/// A table that a booking writes into.
struct Table {
    name: &'static str,
    /// An expression for the number of the booking that its row `t` belongs to.
    place: &'static str,
}

/// In the order in which rows name one another.
const TABLES: [Table; 5] = [
    // In their order in the table, which is the order of writing.
    Table { name: "bookings", place: "row_number() OVER (ORDER BY t.ctid) - 1" },
    Table { name: "tickets", place: OF_BOOKING },
    Table { name: "seat_legs", place: "(SELECT place FROM aside.tickets WHERE id = t.holder_id)" },
    Table {
        name: "route_events",
        place: "(SELECT place FROM aside.tickets WHERE id = t.ticket_id)",
    },
    Table { name: "audit", place: OF_BOOKING },
];

const OF_BOOKING: &str = "(SELECT place FROM aside.bookings WHERE id = t.booking_id)";

/// Tables that triggers write: the loop leaves them to the triggers.
const OF_TRIGGERS: [&str; 2] = ["ticket_figure_changes", "city_pair_changes"];

/// Bookings in one transaction: as many as there are clients of the servers.
const GROUP: usize = 64;

/// Clients that book one at a time: each has a connection.
const CLIENTS: usize = 64;

/// The lock of the bare loop's groups; not the store's, which nobody holds meanwhile.
const CLOCK: i64 = 0xba5e;

/// How often a booking is written again; and how soon a deadlock is looked for, so that it costs little.
const DEADLOCKS_MAX: usize = 100;
const DEADLOCK_TIMEOUT: &str = "SET deadlock_timeout = '10ms'";

/// A database of a run's own.
pub(crate) struct Database {
    /// The whole PostgreSQL, without a database's name.
    postgres: String,
    name: String,
}

impl Database {
    pub(crate) async fn make(postgres: &str) -> anyhow::Result<Self> {
        let name = format!("bench_{}_{:x}", std::process::id(), fastrand::u32(..));
        let database = Self { postgres: postgres.to_owned(), name };
        database.of_all("CREATE", "").await?;
        Ok(database)
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/{}", self.postgres, self.name)
    }

    pub(crate) async fn remove(self) -> anyhow::Result<()> {
        self.of_all("DROP", "WITH (FORCE)").await
    }

    async fn of_all(&self, verb: &str, how: &str) -> anyhow::Result<()> {
        let admin = connect(&format!("{}/postgres", self.postgres)).await?;
        let sql = format!("{verb} DATABASE {} {how}", self.name);
        admin.batch_execute(&sql).await.with_context(|| sql)
    }
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Stores what is in the tables before a run.
pub(crate) async fn remember(database: &Database) -> anyhow::Result<()> {
    let client = &connect(&database.url()).await?;
    client.batch_execute("DROP SCHEMA IF EXISTS before CASCADE; CREATE SCHEMA before").await?;
    for table in tables(client).await? {
        let sql = format!("CREATE TABLE before.{table} AS SELECT count(*) FROM public.{table}");
        client.batch_execute(&sql).await?;
    }
    for Table { name: table, .. } in TABLES {
        // A row's place shows whether it is new: rows are only added to these tables.
        let sql = format!(
            "DROP TABLE before.{table}; \
             CREATE TABLE before.{table} AS SELECT t.ctid AS lies, t.* FROM public.{table} t"
        );
        client.batch_execute(&sql).await?;
    }
    Ok(())
}

/// The rows that this many bookings have written since then, put aside; the tables are as they were
/// before.
pub(crate) struct Aside {
    url: String,
    bookings: usize,
    copies: Vec<String>,
}

impl Aside {
    pub(crate) async fn put(database: &Database, bookings: usize) -> anyhow::Result<Self> {
        let url = database.url();
        let client = connect(&url).await?;
        client.batch_execute("DROP SCHEMA IF EXISTS aside CASCADE; CREATE SCHEMA aside").await?;
        every_table_is_known(&client, bookings).await?;
        let mut copies = Vec::new();
        for Table { name: table, place } in TABLES {
            let sql = format!(
                "CREATE TABLE aside.{table} AS SELECT t.*, {place} AS place FROM public.{table} t \
                 WHERE NOT EXISTS (SELECT FROM before.{table} b WHERE b.lies = t.ctid); \
                 CREATE INDEX ON aside.{table} (place); ANALYZE aside.{table}"
            );
            client.batch_execute(&sql).await?;
            if let "bookings" | "tickets" = table {
                client.batch_execute(&format!("CREATE INDEX ON aside.{table} (id)")).await?;
            }
            let columns = columns(&client, table).await?;
            copies.push(format!(
                "INSERT INTO public.{table} ({columns}) SELECT {columns} FROM aside.{table} \
                 WHERE place >= $1 AND place < $2 ORDER BY place"
            ));
        }
        Ok(Self { url, bookings, copies })
    }

    /// Bookings a second in groups, one after the other, each under the clock.
    pub(crate) async fn in_groups(&self) -> anyhow::Result<f64> {
        self.take_back().await?;
        let writer = Writer::open(self).await?;
        let start = Instant::now();
        for first in (0..self.bookings).step_by(GROUP) {
            writer.group(first..(first + GROUP).min(self.bookings)).await?;
        }
        Ok(self.rate(start.elapsed()))
    }

    /// The same with a transaction for each booking, under the lock of its route, by many clients
    /// at once.
    pub(crate) async fn one_by_one(&self) -> anyhow::Result<f64> {
        self.take_back().await?;
        let mut writers = Vec::new();
        for _ in 0..CLIENTS {
            writers.push(Writer::open(self).await?);
        }
        let mut working = JoinSet::new();
        let start = Instant::now();
        for (first, writer) in writers.into_iter().enumerate() {
            let bookings = self.bookings;
            working.spawn(async move {
                for booking in (first..bookings).step_by(CLIENTS) {
                    writer.one(booking).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = working.join_next().await {
            done??;
        }
        Ok(self.rate(start.elapsed()))
    }

    fn rate(&self, took: Duration) -> f64 {
        float(self.bookings) / took.as_secs_f64()
    }

    /// Takes the rows out of the store's tables, and leaves these as if they had never been there.
    async fn take_back(&self) -> anyhow::Result<()> {
        let client = connect(&self.url).await?;
        // Without triggers and foreign keys: the old state is put back.
        let mut sql = format!(
            "SET session_replication_role = replica; BEGIN; TRUNCATE {} CASCADE; ",
            TABLES.map(|table| format!("public.{}", table.name)).join(", ")
        );
        for Table { name: table, .. } in TABLES {
            let columns = columns(&client, table).await?;
            sql += &format!(
                "INSERT INTO public.{table} ({columns}) SELECT {columns} FROM before.{table}; "
            );
        }
        sql += "COMMIT";
        client.batch_execute(&sql).await?;
        // Not inside a run: it writes what the last one has left. Nothing is analyzed: tables that
        // are known to be almost empty would be read from end to end for each row that names one of
        // theirs.
        Ok(client.batch_execute("CHECKPOINT").await?)
    }
}

/// A connection with everything prepared.
struct Writer {
    client: Client,
    clock: Statement,
    route: Statement,
    copies: Vec<Statement>,
}

impl Writer {
    async fn open(aside: &Aside) -> anyhow::Result<Self> {
        let client = connect(&aside.url).await?;
        client.batch_execute(DEADLOCK_TIMEOUT).await?;
        let clock = client.prepare("SELECT pg_advisory_xact_lock($1)").await?;
        let route = client
            .prepare(
                "SELECT id FROM public.routes WHERE id = \
                 (SELECT route_id FROM aside.route_events WHERE place = $1 LIMIT 1) FOR UPDATE",
            )
            .await?;
        let copies = try_join_all(aside.copies.iter().map(|sql| client.prepare(sql))).await?;
        Ok(Self { client, clock, route, copies })
    }

    async fn group(&self, bookings: std::ops::Range<usize>) -> anyhow::Result<()> {
        self.write(&self.clock, CLOCK, bookings).await
    }

    /// Written again where it met another one's deadlock: the triggers of figures are made for one group at a
    /// time, and two transactions may change the same figures in another order.
    async fn one(&self, booking: usize) -> anyhow::Result<()> {
        let route = i64::try_from(booking)?;
        for _ in 0..DEADLOCKS_MAX {
            match self.write(&self.route, route, booking..booking + 1).await {
                Err(error) if is_deadlock(&error) => {}
                written => return written,
            }
        }
        bail!("booking {booking} met {DEADLOCKS_MAX} deadlocks")
    }

    /// All of it in one message: futures that are polled in this order are sent in this order.
    async fn write(
        &self,
        lock: &Statement,
        locked: i64,
        bookings: std::ops::Range<usize>,
    ) -> anyhow::Result<()> {
        let (first, end) = (i64::try_from(bookings.start)?, i64::try_from(bookings.end)?);
        let range: [&(dyn ToSql + Sync); 2] = [&first, &end];
        let lock_values: [&(dyn ToSql + Sync); 1] = [&locked];
        let client = &self.client;
        let begin = client.batch_execute("BEGIN");
        let lock = client.execute(lock, &lock_values);
        let rows = try_join_all(self.copies.iter().map(|copy| client.execute(copy, &range)));
        let commit = client.batch_execute("COMMIT");
        let (_, _, written, _) = tokio::try_join!(begin, lock, rows, commit)?;
        ensure!(written.iter().all(|rows| *rows > 0), "a booking without rows");
        Ok(())
    }
}

fn is_deadlock(error: &anyhow::Error) -> bool {
    let code = error.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::code);
    code == Some(&SqlState::T_R_DEADLOCK_DETECTED)
}

async fn tables(client: &Client) -> anyhow::Result<Vec<String>> {
    let sql = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    Ok(client.query(sql, &[]).await?.iter().map(|row| row.get(0)).collect())
}

/// The columns that get a value and are not filled by the database.
async fn columns(client: &Client, table: &str) -> anyhow::Result<String> {
    let sql = "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) \
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 \
         AND is_identity = 'NO' AND is_generated = 'NEVER'";
    let columns: Option<String> = client.query_one(sql, &[&table]).await?.get(0);
    columns.with_context(|| format!("no columns of {table}"))
}

/// The bare loop is a fair measure only as long as it writes all that a booking writes.
async fn every_table_is_known(client: &Client, bookings: usize) -> anyhow::Result<()> {
    for table in tables(client).await? {
        if TABLES.iter().any(|known| known.name == table) || OF_TRIGGERS.contains(&table.as_str()) {
            continue;
        }
        let sql =
            format!("SELECT (SELECT count(*) FROM public.{table}) - count FROM before.{table}");
        let new: i64 = client.query_one(&sql, &[]).await?.get(0);
        let is_each = usize::try_from(new).is_ok_and(|new| new >= bookings);
        ensure!(
            !is_each,
            "{table} has {new} new rows of {bookings} bookings: the bare loop has none"
        );
    }
    Ok(())
}

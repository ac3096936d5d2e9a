//! Taking over all rows of another driver's database.
//!
//! Invariant: everything is taken over in one transaction, which is committed only when the figures
//! of both databases are the same. If it is stopped, the tables stay as empty as they were, so it
//! can be run again. No server works on the database meanwhile.

mod encode;
mod error;

use std::collections::BTreeMap;

use futures_util::SinkExt as _;
use store::Cell;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, sleep};
use tokio_postgres::Client;

use crate::clock;
use crate::connection::{APPLICATION_NAME, Address, Warnings};
use crate::migrate::migrate;
use encode::{Kind, Target};

pub use error::ImportError;

/// What is taken over, in the order in which rows name one another.
const TABLES: [&str; 35] = [
    "users",
    "stations",
    "seat_layouts",
    "buses",
    "bus_features",
    "bus_feature_uses",
    "bus_tokens",
    "routes",
    "stops",
    "fares",
    "segments",
    "bus_positions",
    "bookings",
    "tickets",
    "seat_legs",
    "holds",
    "blocks",
    "run_outs",
    "reserved_from",
    "expired_holds",
    "expired_hold_seats",
    "payments",
    "payment_shares",
    "route_events",
    "groups",
    "idempotency_keys",
    "audit",
    "revoked_tokens",
    "refresh_families",
    "mail_tokens",
    "outbox",
    "second_factors",
    "recovery_codes",
    "user_words",
    "data_keys",
];

/// Triggers keep these up to date while their tables are filled.
const FIGURES: [&str; 7] = [
    "account_changes",
    "bus_figures",
    "city_pairs",
    "expired_hold_figures",
    "route_figures",
    "route_totals",
    "ticket_figures",
];

/// Viewers of the old server begin anew: their places belong to another database, with an epoch of
/// its own. How codes are ordered is that driver's own, too.
const LEFT_BEHIND: [&str; 5] =
    ["epoch", "known_epochs", "pnr_order", "viewer_nodes", "viewer_sessions"];

/// Columns that are added up on both sides.
const SUMS: [(&str, &str); 7] = [
    ("expired_hold_seats", "seats"),
    ("tickets", "price"),
    ("payments", "amount"),
    ("payment_shares", "amount"),
    ("fares", "price"),
    ("route_events", "position"),
    ("groups", "last_place"),
];

/// How long it may take until a server that ended is no longer seen.
const ENDING_SECONDS: u64 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// A database that takes another one over.
#[derive(Debug)]
pub struct Import {
    client: Client,
    _driver: JoinHandle<()>,
}

/// Waits a moment for a server that is just ending: the database may notice later than we do.
async fn unused(client: &Client) -> Result<(), ImportError> {
    let last_look = Instant::now() + Duration::from_secs(ENDING_SECONDS);
    let sql = "select exists (select 1 from pg_stat_activity where datname = current_database() \
         and application_name = $1 and pid <> pg_backend_pid())";
    while client.query_one(sql, &[&APPLICATION_NAME]).await?.try_get(0)? {
        if Instant::now() > last_look {
            return Err(ImportError::InUse);
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

impl Import {
    /// Makes the tables if they are missing, and refuses if anything stands in them.
    pub async fn begin(address: &Address) -> Result<Self, ImportError> {
        migrate(address).await?;
        let (client, driver) = address.connect(&Warnings::default()).await?;
        unused(&client).await?;
        // If a server starts meanwhile, it decides nothing before all of this is committed.
        let begin = format!("begin; select pg_advisory_xact_lock({})", clock::LOCK);
        client.batch_execute(&begin).await?;
        let known = "select table_name::text from information_schema.tables \
             where table_schema = current_schema()";
        let known = client.query(known, &[]).await?;
        let known: Vec<String> =
            known.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let filled = |table: &&str| *table != "groups" && known.iter().any(|name| name == table);
        for table in TABLES.into_iter().filter(filled) {
            let sql = format!("select exists (select 1 from \"{table}\")");
            if client.query_one(&sql, &[]).await?.try_get(0)? {
                return Err(ImportError::NotEmpty(table.to_owned()));
            }
        }
        // The link that the first group continues comes from the source.
        client.batch_execute("delete from groups").await?;
        // A viewer of the empty database has seen another history.
        client
            .batch_execute("update epoch set number = floor(random() * 4294967296)::bigint")
            .await?;
        Ok(Self { client, _driver: driver })
    }

    /// Those of the source that are taken over, in the order in which they are to be.
    pub fn tables(&self, source: &[String]) -> Result<Vec<&'static str>, ImportError> {
        let known = |name: &str| {
            TABLES.contains(&name) || FIGURES.contains(&name) || LEFT_BEHIND.contains(&name)
        };
        match source.iter().find(|name| !known(name)) {
            Some(unknown) => Err(ImportError::UnknownTable(unknown.clone())),
            None => {
                Ok(TABLES.into_iter().filter(|name| source.iter().any(|it| it == name)).collect())
            }
        }
    }

    /// The columns of a table that the source has. A column without a default must be there.
    pub async fn target(&self, table: &str, source: &[String]) -> Result<Target, ImportError> {
        let sql = "select column_name, udt_name, is_nullable = 'YES' or column_default is not null \
             or is_identity = 'YES' from information_schema.columns where table_name = $1 \
             and table_schema = current_schema() and is_generated = 'NEVER' order by ordinal_position";
        let mut columns = Vec::new();
        for row in self.client.query(sql, &[&table]).await? {
            let (column, kind): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let may_be_missing: bool = row.try_get(2)?;
            let cannot = || ImportError::Column { table: table.to_owned(), column: column.clone() };
            if source.contains(&column) {
                let kind = Kind::named(&kind).ok_or_else(cannot)?;
                columns.push((column, kind));
            } else if !may_be_missing {
                return Err(cannot());
            }
        }
        Ok(Target { table: table.to_owned(), columns })
    }

    /// Fills a table with the rows that come, in the order of `Target::columns`.
    pub async fn fill(
        &self,
        target: &Target,
        mut rows: tokio::sync::mpsc::Receiver<Vec<Vec<Cell>>>,
        mut taken: impl FnMut(usize),
    ) -> Result<(), ImportError> {
        let names: Vec<String> =
            target.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let copy = format!("copy \"{}\" ({}) from stdin", target.table, names.join(", "));
        let sink = self.client.copy_in::<_, bytes::Bytes>(&copy).await?;
        let mut sink = std::pin::pin!(sink);
        while let Some(some) = rows.recv().await {
            let mut text = String::new();
            for row in &some {
                target.write(row, &mut text)?;
            }
            sink.send(text.into()).await?;
            taken(some.len());
        }
        sink.as_mut().finish().await?;
        Ok(())
    }

    /// The column of a table that is added up.
    pub fn summed(table: &str) -> Option<&'static str> {
        let sums: BTreeMap<_, _> = SUMS.into();
        sums.get(table).copied()
    }

    /// Compares a table with the source's figures.
    pub async fn verify(
        &self,
        table: &str,
        (read, read_sum): (i64, i64),
    ) -> Result<(), ImportError> {
        let column = Self::summed(table).unwrap_or("0");
        let sql = format!("select count(*), coalesce(sum({column}), 0)::bigint from \"{table}\"");
        let row = self.client.query_one(&sql, &[]).await?;
        let (taken, taken_sum): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        if (taken, taken_sum) == (read, read_sum) {
            return Ok(());
        }
        Err(ImportError::Other { table: table.to_owned(), taken, taken_sum, read, read_sum })
    }

    /// Makes all of it durable.
    pub async fn finish(self) -> Result<(), ImportError> {
        // Later rows are numbered after these.
        let next = "select setval(pg_get_serial_sequence('audit', 'id'), \
             (select coalesce(max(id), 0) + 1 from audit), false)";
        self.client.query_one(next, &[]).await?;
        self.client.batch_execute("commit").await?;
        // Else the first questions are planned for empty tables.
        self.client.batch_execute("analyze").await?;
        Ok(())
    }
}

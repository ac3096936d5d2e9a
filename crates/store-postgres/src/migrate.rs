//! Bringing the tables up to date. Any number of processes may start at once.
//!
//! Invariant: all missing migrations run in one transaction that holds a lock of its own. So one
//! process migrates and the others find nothing left to do, also with a pooler. No try waits long
//! for a lock inside the database: a statement that waits for a dump would make every sale wait for
//! it. So each try is short, and there are many.
//!
//! Not `refinery`, as on SQLite: it begins and ends its transactions by itself, and would give each
//! of the two drivers the other one's library.

use std::time::Duration;

use store::Upgrade;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::connection::{Address, Warnings};
use crate::fault::told;

/// The name of its file and its text.
type Migration = (&'static str, &'static str);

/// In their order; the first number is 1, and none is left out.
const MIGRATIONS: [Migration; 21] = [
    ("V1__inventory.sql", include_str!("../migrations/V1__inventory.sql")),
    ("V2__figures.sql", include_str!("../migrations/V2__figures.sql")),
    (
        "V3__tokens_and_deleted_accounts.sql",
        include_str!("../migrations/V3__tokens_and_deleted_accounts.sql"),
    ),
    ("V4__refresh_families.sql", include_str!("../migrations/V4__refresh_families.sql")),
    ("V5__epoch.sql", include_str!("../migrations/V5__epoch.sql")),
    ("V6__letters.sql", include_str!("../migrations/V6__letters.sql")),
    ("V7__data_keys.sql", include_str!("../migrations/V7__data_keys.sql")),
    ("V8__second_factors.sql", include_str!("../migrations/V8__second_factors.sql")),
    ("V9__session_generations.sql", include_str!("../migrations/V9__session_generations.sql")),
    ("V10__work_claims.sql", include_str!("../migrations/V10__work_claims.sql")),
    ("V11__known_epochs.sql", include_str!("../migrations/V11__known_epochs.sql")),
    ("V12__viewer_orders.sql", include_str!("../migrations/V12__viewer_orders.sql")),
    ("V13__changed_routes.sql", include_str!("../migrations/V13__changed_routes.sql")),
    ("V14__seated_passengers.sql", include_str!("../migrations/V14__seated_passengers.sql")),
    ("V15__repeated_refreshes.sql", include_str!("../migrations/V15__repeated_refreshes.sql")),
    ("V16__accounts_by_phone.sql", include_str!("../migrations/V16__accounts_by_phone.sql")),
    ("V17__covering_indexes.sql", include_str!("../migrations/V17__covering_indexes.sql")),
    ("V18__expired_hold_seats.sql", include_str!("../migrations/V18__expired_hold_seats.sql")),
    ("V19__origin_of_accounts.sql", include_str!("../migrations/V19__origin_of_accounts.sql")),
    ("V20__shown_addresses.sql", include_str!("../migrations/V20__shown_addresses.sql")),
    ("V21__counted_letters.sql", include_str!("../migrations/V21__counted_letters.sql")),
];

/// The number of the newest one.
pub(crate) const NEWEST: i32 = number_of_last(&MIGRATIONS);

#[expect(clippy::cast_possible_truncation, reason = "there are a handful")]
#[expect(clippy::cast_possible_wrap, reason = "there are a handful")]
const fn number_of_last(migrations: &[Migration]) -> i32 {
    migrations.len() as i32
}

/// The number of the lock. Drawn once, so that other programs on the same database have other
/// numbers.
const LOCK: i64 = 0x5ea7_3a91;

/// How long a process tries before it gives up its start.
const TRIED_SECONDS: u64 = 60;

/// The longest pause between two tries.
const PAUSE_MILLISECONDS_MAX: u64 = 400;

/// Begins a try. It waits for nothing longer than this, neither for another process that migrates
/// nor for a table.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '200ms'; SET LOCAL statement_timeout = 0; \
     SET LOCAL client_min_messages = 'warning'";

#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    #[error("the tables cannot be brought up to date: {0}")]
    Failed(String),
    #[error("the tables could not be changed for {TRIED_SECONDS} s, because they are in use: {0}")]
    Busy(String),
    /// Made by a version of the program that is newer than this one, in a way that this one does
    /// not know.
    #[error("the tables are of a newer version: they have migration {0}, which is unknown here")]
    Newer(i32),
}

/// Brings the tables up to date; returns how many migrations that took.
pub async fn migrate(address: &Address) -> Result<usize, MigrationError> {
    apply(address, &MIGRATIONS).await
}

/// The same with one more, which a later version may have: for tests of what goes on beside it.
#[cfg(feature = "simulation")]
pub async fn migrate_further(
    address: &Address,
    name: &'static str,
    sql: &'static str,
) -> Result<usize, MigrationError> {
    apply(address, &[&MIGRATIONS[..], &[(name, sql)]].concat()).await
}

/// The number of the lock, for tests that hold it.
#[cfg(feature = "simulation")]
pub const MIGRATION_LOCK: i64 = LOCK;

async fn apply(address: &Address, migrations: &[Migration]) -> Result<usize, MigrationError> {
    let last_try = Instant::now() + Duration::from_secs(TRIED_SECONDS);
    let (mut client, _driver) = address
        .connect(&Warnings::default())
        .await
        .map_err(|error| MigrationError::Unreachable(told(&error)))?;
    // Said once, however many tries it takes.
    let (mut upgrade, mut has_waited) = (None, false);
    loop {
        let error = match in_one_transaction(&mut client, migrations, &mut upgrade).await {
            Ok(applied) => {
                if let Some(upgrade) = upgrade {
                    upgrade.done();
                }
                return Ok(applied);
            }
            Err(Tried::Newer(version)) => return Err(MigrationError::Newer(version)),
            Err(Tried::Postgres(error)) => error,
        };
        if client.is_closed() {
            return Err(MigrationError::Unreachable(told(&error)));
        }
        if !is_in_use(&error) {
            return Err(MigrationError::Failed(told(&error)));
        }
        if Instant::now() > last_try {
            return Err(MigrationError::Busy(told(&error)));
        }
        if !std::mem::replace(&mut has_waited, true) {
            tracing::info!(
                seconds_max = TRIED_SECONDS,
                "waiting for the tables: they are in use, or another process brings them up to date"
            );
        }
        sleep(Duration::from_millis(fastrand::u64(1..=PAUSE_MILLISECONDS_MAX))).await;
    }
}

enum Tried {
    Postgres(tokio_postgres::Error),
    Newer(i32),
}

impl From<tokio_postgres::Error> for Tried {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

async fn in_one_transaction(
    client: &mut Client,
    migrations: &[Migration],
    upgrade: &mut Option<Upgrade>,
) -> Result<usize, Tried> {
    client.batch_execute(BEGIN).await?;
    let result = apply_missing(client, migrations, upgrade).await;
    // A failed statement has already spoilt the transaction.
    let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
    match (result, client.batch_execute(end).await) {
        (Ok(applied), Ok(())) => Ok(applied),
        (Err(failed), _) => Err(failed),
        (Ok(_), Err(failed)) => Err(failed.into()),
    }
}

async fn apply_missing(
    client: &Client,
    migrations: &[Migration],
    upgrade: &mut Option<Upgrade>,
) -> Result<usize, Tried> {
    // A statement of its own: one that waited and then read would read the state from before the
    // wait.
    client.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, \
             name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())",
        )
        .await?;
    let newest: i32 = client
        .query_one("SELECT coalesce(max(version), 0) FROM schema_migrations", &[])
        .await?
        .try_get(0)?;
    let done = usize::try_from(newest).unwrap_or_default();
    let Some(missing) = migrations.get(done..) else { return Err(Tried::Newer(newest)) };
    if upgrade.is_none() {
        *upgrade = Upgrade::begin((newest > 0).then_some(newest), number_of_last(migrations));
    }
    for ((name, sql), version) in missing.iter().zip(newest + 1..) {
        client.batch_execute(sql).await?;
        let note = "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)";
        client.execute(note, &[&version, name]).await?;
        tracing::debug!(migration = name, "applied");
    }
    Ok(missing.len())
}

fn is_in_use(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
        || error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED)
}

#[cfg(test)]
mod tests {
    use store::contract::Harness as _;
    use store::contract::log::Log;

    use super::*;
    use crate::plans::Postgres;

    #[tokio::test]
    async fn an_upgrade_says_that_it_begins_and_how_long_it_took() {
        let database = Postgres::new().await;
        let address = Address::parse(&database.url).unwrap();
        let older = MIGRATIONS.len() - 1;
        let log = Log::listen();
        assert_eq!(apply(&address, &MIGRATIONS[..older]).await.unwrap(), older);
        assert!(log.lines_with("the tables").is_empty(), "tables that are made are no upgrade");
        assert_eq!(migrate(&address).await.unwrap(), 1);
        let versions = format!("from_version={older} to_version={NEWEST}");
        let [begin, end] = &log.lines_with(&versions)[..] else { panic!("two lines") };
        assert!(begin.contains("are being brought up to date"), "{begin}");
        assert!(end.contains("are up to date") && end.contains("duration_ms="), "{end}");
        assert_eq!(migrate(&address).await.unwrap(), 0);
        assert_eq!(log.lines_with("the tables").len(), 2, "nothing is left to do");
    }

    /// Also those that a server of the version before makes afterwards.
    #[tokio::test]
    async fn accounts_of_the_provider_are_known_by_their_ids() {
        let database = Postgres::new().await;
        let address = Address::parse(&database.url).unwrap();
        apply(&address, &MIGRATIONS[..18]).await.unwrap();
        let (client, _driver) = address.connect(&Warnings::default()).await.unwrap();
        let insert = |last: u32| {
            format!(
                "INSERT INTO users (id, email, password_hash, first_name, last_name, role, \
                 created_at, updated_at) SELECT ('0199c0de-0000-' || version || '000-8000-' \
                 || lpad('{last}', 12, '0'))::uuid, version || '-{last}@b.cd', '', 'A', 'B', \
                 'AGENT', now(), now() FROM generate_series(7, 8) version"
            )
        };
        client.batch_execute(&insert(1)).await.unwrap();
        migrate(&address).await.unwrap();
        client.batch_execute(&insert(2)).await.unwrap();
        let sql = "SELECT origin FROM users ORDER BY email";
        let rows = client.query(sql, &[]).await.unwrap();
        let origins: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(origins, ["OWN", "OWN", "PROVIDER", "PROVIDER"]);
    }

    /// How many short looks are taken.
    const LOOKS_MAX: u32 = 500;

    /// As a dump that runs for long.
    #[tokio::test]
    async fn a_wait_is_said_once() {
        let database = Postgres::new().await;
        let address = Address::parse(&database.url).unwrap();
        let (holding, _driver) = address.connect(&Warnings::default()).await.unwrap();
        let hold = format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})");
        holding.batch_execute(&hold).await.unwrap();
        let log = Log::listen();
        let let_go = async {
            // Two tries take at least twice as long as one waits for the lock.
            let mut looks = 0..LOOKS_MAX;
            while log.lines_with("waiting for the tables").is_empty() {
                assert!(looks.next().is_some(), "nothing says that it waits");
                sleep(Duration::from_millis(20)).await;
            }
            sleep(Duration::from_secs(1)).await;
            holding.batch_execute("COMMIT").await.unwrap();
        };
        let (made, ()) = tokio::join!(migrate(&address), let_go);
        assert_eq!(made.unwrap(), MIGRATIONS.len());
        assert_eq!(log.lines_with("waiting for the tables").len(), 1);
    }

    #[test]
    fn every_file_is_applied_in_the_order_of_its_number() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut files: Vec<String> = files.map(|name| name.into_string().unwrap()).collect();
        let number = |name: &str| -> usize {
            name.trim_start_matches('V').split_once("__").unwrap().0.parse().unwrap()
        };
        files.sort_by_key(|name| number(name));
        assert_eq!(files, MIGRATIONS.map(|(name, _)| name));
        let numbers: Vec<usize> = files.iter().map(|name| number(name)).collect();
        assert_eq!(numbers, (1..=MIGRATIONS.len()).collect::<Vec<_>>(), "none is left out");
    }

    #[test]
    fn no_migration_waits_behind_a_dump() {
        for (name, sql) in MIGRATIONS {
            assert!(sql.contains("SET LOCAL lock_timeout = '200ms';"), "{name}");
        }
    }
}

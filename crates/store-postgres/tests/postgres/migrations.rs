//! Tables are made once, even if many processes start at the same moment.

use std::time::Duration;

use store_postgres::{MIGRATION_LOCK, migrate, migrate_further};
use tokio::task::JoinSet;
use tokio_postgres::Client;

use crate::bench::Bench;
use crate::server::Database;

/// How many short looks are taken.
const LOOKS_MAX: u32 = 1_000;

/// Looks until it is so.
async fn wait_for(raw: &Client, what: &str) {
    let sql = format!("SELECT ({what})");
    for _ in 0..LOOKS_MAX {
        if raw.query_one(&sql, &[]).await.unwrap().get(0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never so: {what}");
}

/// A process that waits for a lock of this kind.
fn waits_for(kind: &str) -> String {
    format!(
        "SELECT count(*) > 0 FROM pg_locks JOIN pg_database ON oid = database \
         WHERE datname = current_database() AND NOT granted AND {kind}"
    )
}

/// Processes that start at once.
const STARTING: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_that_start_at_once_make_the_tables_once() {
    let database = Database::new().await;
    let mut starting = JoinSet::new();
    for _ in 0..STARTING {
        let address = database.address();
        starting.spawn(async move { migrate(&address).await.unwrap() });
    }
    let mut applied = starting.join_all().await;
    applied.sort_unstable();
    let made = applied.pop().unwrap();
    assert_eq!(applied, [0; STARTING - 1], "the others had nothing left to do");
    let raw = database.raw().await;
    let versions = raw.query("SELECT version FROM schema_migrations ORDER BY version", &[]).await;
    let versions: Vec<i32> = versions.unwrap().iter().map(|row| row.get(0)).collect();
    assert!(made > 0, "one has made them");
    assert_eq!(versions, (1..=i32::try_from(made).unwrap()).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_a_newer_version_are_left_alone() {
    let database = Database::new().await;
    migrate(&database.address()).await.unwrap();
    let raw = database.raw().await;
    raw.execute("INSERT INTO schema_migrations (version, name) VALUES (99, 'V99__later.sql')", &[])
        .await
        .unwrap();
    let refused = migrate(&database.address()).await.unwrap_err().to_string();
    assert!(refused.contains("migration 99"), "{refused}");
}

/// While servers are replaced one after the other, those of the version before go on writing
/// departures, as they knew them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_of_the_version_before_still_writes_departures() {
    let bench = Bench::new().await;
    let raw = bench.database.raw().await;
    let as_before = "INSERT INTO segments (from_key, to_key, is_active, departs_at, route_id, \
         from_stop_index, to_stop_index, price, is_head, is_tail) \
         SELECT 'older', to_key, is_active, departs_at, route_id, from_stop_index, to_stop_index, \
         price, is_head, is_tail FROM segments LIMIT 1";
    assert_eq!(raw.execute(as_before, &[]).await.unwrap(), 1);
    let sql = "SELECT segments.kind = routes.kind AND segments.bus_id = routes.bus_id \
         FROM segments JOIN routes ON routes.id = route_id WHERE from_key = 'older'";
    let is_of_its_route: bool = raw.query_one(sql, &[]).await.unwrap().get(0);
    assert!(is_of_its_route);
}

/// Each try is short: what waits behind it does not wait for the one that has the lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_another_migrating_tries_again_and_again() {
    let database = Database::new().await;
    let (address, raw, holder) = (database.address(), database.raw().await, database.raw().await);
    let held = format!("BEGIN; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
    holder.batch_execute(&held).await.unwrap();
    let starting = tokio::spawn(async move { migrate(&address).await });
    let waits = waits_for("locktype = 'advisory'");
    for _ in 0..3 {
        wait_for(&raw, &waits).await;
        wait_for(&raw, &format!("NOT ({waits})")).await;
        assert!(!starting.is_finished(), "the other one is not done yet");
    }
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert!(starting.await.unwrap().unwrap() > 0);
}

/// A dump has every table for as long as it takes. Whoever changes one waits for it, and every sale
/// waits behind whoever waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_a_dump_a_migration_waits_and_the_sale_goes_on() {
    let bench = Bench::new().await;
    let (raw, dump) = (bench.database.raw().await, bench.database.raw().await);
    dump.batch_execute(
        "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
         LOCK TABLE tickets, routes, groups IN ACCESS SHARE MODE; SELECT count(*) FROM tickets",
    )
    .await
    .unwrap();
    let address = bench.database.address();
    let migrating = tokio::spawn(async move {
        let later = "ALTER TABLE tickets ADD COLUMN later text";
        migrate_further(&address, "V999__later.sql", later).await
    });
    let waits = waits_for("relation = 'tickets'::regclass AND mode = 'AccessExclusiveLock'");
    for seat in 1..=5 {
        wait_for(&raw, &waits).await;
        bench.books(seat).await.unwrap();
    }
    assert!(!migrating.is_finished(), "the dump goes on");
    dump.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(migrating.await.unwrap().unwrap(), 1);
    bench.books(6).await.unwrap();
    assert_eq!(bench.tickets().await, 6);
}

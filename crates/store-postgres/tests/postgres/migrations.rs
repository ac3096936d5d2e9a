//! Tables are made once, even if many processes start at the same moment.

use store_postgres::migrate;
use tokio::task::JoinSet;

use crate::bench::Bench;
use crate::server::Database;

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

//! Faults below the driver: lost connections, lost commits, a stalled holder of the clock, a row
//! that the database refuses. Every case ends with the books, which must balance, and compares what
//! was sent with what is stored.

use std::sync::Arc;
use std::time::Duration;

use domain::{BusId, StationId};
use store::contract::Desk;
use store::{CommandError, Outage, StoreError};
use store_postgres::{Notifies, open};
use tokio_postgres::Client;

use crate::bench::Bench;
use crate::server::Database;
use crate::severed::Cut;

/// The driver looks for the group's id: when it is found, the group is answered as committed and
/// not done again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_found_and_done_once() {
    let (bench, severed) = Bench::severed().await;
    severed.cut(Cut::Behind);
    bench.books(1).await.unwrap();
    assert!(severed.is_cut(), "the commit was on its way when it was cut");
    bench.books(1).await.expect_err("the seat is taken, once");
    bench.books(2).await.unwrap();
    assert_eq!(bench.tickets().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_never_arrived_is_done_again() {
    let (bench, severed) = Bench::severed().await;
    severed.cut(Cut::Before);
    bench.books(1).await.unwrap();
    assert!(severed.is_cut(), "the commit was on its way when it was cut");
    bench.books(2).await.unwrap();
    assert_eq!(bench.tickets().await, 2);
}

/// Those of the writer and of the readers, at any point of their work.
async fn end_connections(raw: &Client) {
    raw.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() \
         AND query NOT LIKE '%pg_try_advisory_xact_lock%'",
        &[],
    )
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_are_ended_cost_nobody_a_booking() {
    let bench = Arc::new(Bench::new().await);
    let raw = bench.database.raw().await;
    for round in 0..8_u16 {
        let asked: Vec<_> = (1..=5)
            .map(|seat| {
                let bench = Arc::clone(&bench);
                tokio::spawn(async move { bench.books(round * 5 + seat).await.map(drop) })
            })
            .collect();
        end_connections(&raw).await;
        for answer in asked {
            answer.await.unwrap().unwrap();
        }
    }
    let bench = Arc::into_inner(bench).expect("every buyer is answered");
    assert_eq!(bench.tickets().await, 40);
}

/// The accounts are looked up on one connection, whose place in the pool the next one needs.
#[tokio::test]
async fn a_connection_that_is_ended_makes_nobody_wait_for_its_place() {
    let bench = Bench::new().await;
    let raw = bench.database.raw().await;
    let id = bench.desk.customer.user_id;
    for _ in 0..5 {
        assert!(bench.desk.store.account(id).await.unwrap().is_some());
        end_connections(&raw).await;
        // The pool itself gives up after ten seconds.
        let found = tokio::time::timeout(Duration::from_secs(8), bench.desk.store.account(id));
        assert!(found.await.expect("no wait for the pool").unwrap().is_some());
    }
}

/// Callers who hang up while their statement waits: nobody else waits with it.
#[tokio::test]
async fn a_read_that_was_given_up_holds_nobody_up() {
    let bench = Bench::new().await;
    let store = &bench.desk.store;
    let raw = bench.database.raw().await;
    raw.batch_execute("BEGIN; LOCK TABLE stations IN ACCESS EXCLUSIVE MODE").await.unwrap();
    for _ in 0..3 {
        let waits = store.station(StationId(bench.desk.id()));
        let waits = tokio::time::timeout(Duration::from_millis(200), waits).await;
        assert!(waits.is_err(), "it waits for the lock: {waits:?}");
        assert_eq!(store.bus(BusId(bench.desk.id())).await.unwrap(), None);
    }
    raw.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(store.station(StationId(bench.desk.id())).await.unwrap(), None);
}

/// A stalled holder would stop all sales: a process that waits a second for the clock ends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sits_on_the_clock_is_ended() {
    let bench = Bench::new().await;
    let raw = bench.database.raw().await;
    raw.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({})", store_postgres::CLOCK))
        .await
        .unwrap();
    bench.books(1).await.unwrap();
    assert!(raw.simple_query("SELECT 1").await.is_err(), "the holder is ended");
    assert_eq!(bench.tickets().await, 1);
}

/// On a slow disk a statement takes long, and its node is not stalled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_works_with_the_clock_is_waited_for() {
    let bench = Bench::new().await;
    let raw = Arc::new(bench.database.raw().await);
    let lock = format!("BEGIN; SELECT pg_advisory_xact_lock({})", store_postgres::CLOCK);
    raw.batch_execute(&lock).await.unwrap();
    let working = Arc::clone(&raw);
    let works = tokio::spawn(async move { working.batch_execute("SELECT pg_sleep(2.5)").await });
    let end = Arc::clone(&raw);
    let ends = async move {
        works.await.unwrap().expect("it is not ended");
        end.batch_execute("COMMIT").await.unwrap();
    };
    let (sold, ()) = tokio::join!(bench.books(1), ends);
    sold.unwrap();
    assert_eq!(bench.tickets().await, 1);
}

/// What a database says whose disk is full, and how often it was asked: a sequence keeps what a
/// transaction that is undone has counted.
const DISK_IS_FULL: &str = "
    CREATE SEQUENCE tries;
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('tries');
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
    END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON groups EXECUTE FUNCTION full_disk()";

/// No waiting makes space: a caller has its answer after one try, not after its deadline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_answered_at_once_until_there_is_space_again() {
    let bench = Bench::new().await;
    let raw = bench.database.raw().await;
    raw.batch_execute(DISK_IS_FULL).await.unwrap();
    let full = CommandError::Store(StoreError::Unavailable(Outage::NoSpace)).to_string();
    let tries = async || -> i64 {
        raw.query_one("SELECT last_value FROM tries", &[]).await.unwrap().get(0)
    };
    assert_eq!(bench.books(1).await.unwrap_err().to_string(), full);
    assert_eq!(tries().await, 1);
    // Whether there is space again is tried by who asks for it.
    let ready = bench.desk.store.ready().await;
    assert!(matches!(ready, Err(StoreError::Unavailable(Outage::NoSpace))), "{ready:?}");
    assert_eq!(tries().await, 2);
    raw.batch_execute("DROP TRIGGER full_disk ON groups").await.unwrap();
    bench.desk.store.ready().await.unwrap();
    bench.books(1).await.unwrap();
    assert_eq!(bench.tickets().await, 1);
}

/// Holds end by the database's time, not by the callers'.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_is_the_databases() {
    let database = Database::with_tables().await;
    let (handle, mut stream) = open(&database.address(), Notifies::No).await.unwrap();
    let desk = Desk::at(Arc::new(handle.clone()), 1_000);
    desk.hire().await;
    let route = desk.route(40).await;
    let long_ago = desk.at_time("2020-01-01T00:00:00Z".parse().unwrap());
    long_ago.book(desk.customer, route, 1, (0, 3)).await.unwrap();
    let raw = database.raw().await;
    let sql = "SELECT abs(extract(epoch FROM created_at - clock_timestamp())) < 600 FROM tickets";
    let is_now: bool = raw.query_one(sql, &[]).await.unwrap().get(0);
    assert!(is_now, "the caller's clock is years behind");
    drop((desk, long_ago));
    handle.close().await;
    while stream.next().await.is_some() {}
}

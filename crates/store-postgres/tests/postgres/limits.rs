//! What is bounded on PostgreSQL: how long a statement, a lock and an idle transaction may take, as
//! the connections themselves say it, and how much may wait.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use futures_util::poll;
use store::contract::EVERYTHING;
use store::{CommandError, HeldSession, NodeId, SaveError, SessionKey, StoreError};
use store_postgres::{COMMANDS_WAITING_MAX, GROUP_MAX};
use uuid::Uuid;

use crate::bench::Bench;

/// Notes the settings of the transaction that a row is written in, and again at its commit.
const NOTED: &str = "
    CREATE TABLE noted (place text PRIMARY KEY, settings text NOT NULL);
    CREATE FUNCTION settings() RETURNS text LANGUAGE sql VOLATILE AS $$
        SELECT concat_ws(' ', current_setting('lock_timeout'), current_setting('statement_timeout'),
            current_setting('idle_in_transaction_session_timeout'),
            current_setting('client_connection_check_interval'))
    $$;
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO noted VALUES (TG_ARGV[0], settings())
            ON CONFLICT (place) DO UPDATE SET settings = excluded.settings;
        RETURN NULL;
    END $$;
    CREATE TRIGGER inside AFTER INSERT ON groups FOR EACH ROW EXECUTE FUNCTION note('group');
    CREATE CONSTRAINT TRIGGER at_its_commit AFTER INSERT ON groups
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note('commit');
    CREATE TRIGGER aside AFTER INSERT ON viewer_nodes FOR EACH ROW EXECUTE FUNCTION note('aside');";

/// A query of stations fails with the settings of its transaction, which cannot write them down.
const TOLD: &str = "
    ALTER TABLE stations RENAME TO kept_stations;
    CREATE FUNCTION tell() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
    BEGIN RAISE EXCEPTION 'its settings: %', settings(); END $$;
    CREATE VIEW stations AS SELECT * FROM kept_stations WHERE tell();
    INSERT INTO kept_stations (id, name, name_key, slug, kind, created_at, updated_at)
        VALUES (gen_random_uuid(), 'Bolu', 'bolu', 'bolu', 'CITY', now(), now())";

/// Lock, statement, idle in a transaction, check of the connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_transaction_has_limits_and_a_commit_has_none() {
    let bench = Bench::new().await;
    let raw = bench.database.raw().await;
    raw.batch_execute(NOTED).await.unwrap();
    raw.batch_execute(TOLD).await.unwrap();
    bench.books(1).await.unwrap();
    let store = &bench.desk.store;
    store.renew_viewer_node(node(), Duration::from_secs(60), bench.desk.now).await.unwrap();
    let noted = raw.query("SELECT place, settings FROM noted ORDER BY place", &[]).await.unwrap();
    let noted: Vec<(String, String)> = noted.iter().map(|row| (row.get(0), row.get(1))).collect();
    let noted: Vec<_> =
        noted.iter().map(|(place, settings)| (place.as_str(), settings.as_str())).collect();
    // A time-out behind the commit would cancel what is committed.
    let wanted = [("aside", "2s 5s 5s 0"), ("commit", "1s 0 5s 1s"), ("group", "1s 5s 5s 1s")];
    assert_eq!(noted, wanted);
    let told = store.stations(Default::default(), EVERYTHING).await.unwrap_err().to_string();
    assert!(told.contains("its settings: 0 15s 15s 0"), "{told}");
    assert_eq!(bench.tickets().await, 1);
}

fn node() -> NodeId {
    NodeId(Uuid::from_u128(7))
}

fn held(number: u16) -> HeldSession {
    let mut key = [0; 32];
    key[..2].copy_from_slice(&number.to_be_bytes());
    HeldSession { key: SessionKey(key), generation: 1 }
}

/// Neither waits for the rows of the other, and each row goes once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_sweep_sessions_neither_waits() {
    let bench = Bench::new().await;
    let (store, now) = (bench.desk.store.clone(), bench.desk.now);
    let dead = NodeId(Uuid::from_u128(8));
    for (node, numbers) in [(node(), 1..=3), (dead, 4..=6)] {
        store.renew_viewer_node(node, Duration::from_secs(3_600), now).await.unwrap();
        for number in numbers {
            store.save_viewer_session(node, held(number), Vec::new(), true).await.unwrap();
        }
    }
    store.leave_viewer_sessions((1..=3).map(held).collect(), now).await.unwrap();
    store.renew_viewer_node(dead, Duration::ZERO, now).await.unwrap();
    // As a sweeper of another process that is not done yet.
    let raw = bench.database.raw().await;
    let swept = "BEGIN; SELECT 1 FROM viewer_sessions WHERE get_byte(key, 1) IN (1, 4) FOR UPDATE";
    raw.batch_execute(swept).await.unwrap();
    let before = store.renew_viewer_node(node(), Duration::from_secs(3_600), now).await.unwrap();
    let before = before + jiff::SignedDuration::from_secs(1);
    assert_eq!(store.sweep_viewer_sessions(before).await.unwrap(), 4);
    raw.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(store.sweep_viewer_sessions(before).await.unwrap(), 2);
    drop(store);
    bench.tickets().await;
}

/// Asks until one is refused at once. Those before it wait, and get their answers when this lets
/// them: returns how many they are, the refusal, and the answers.
async fn fill<T>(
    bench: &Bench,
    table: &str,
    max: usize,
    ask: impl Fn(usize) -> BoxFuture<'static, T>,
) -> (usize, T, Vec<T>) {
    let raw = bench.database.raw().await;
    raw.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        .await
        .unwrap();
    let mut waiting = Vec::new();
    let refusal = loop {
        assert!(waiting.len() <= max, "no end of those that wait");
        let mut asked = ask(waiting.len());
        match poll!(pin!(&mut asked)) {
            Poll::Ready(refusal) => break refusal,
            Poll::Pending => waiting.push(asked),
        }
    };
    raw.batch_execute("ROLLBACK").await.unwrap();
    let count = waiting.len();
    (count, refusal, join_all(waiting).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writes_that_wait_the_next_is_refused_as_busy() {
    let bench = Bench::new().await;
    let (desk, route) = (bench.desk.clone(), bench.route);
    let ask = |_| -> BoxFuture<'static, _> {
        let booking = desk.booking(route, 1, (0, 3));
        let (store, booking) = (desk.store.clone(), domain::Command::Book(booking));
        let booking = desk.by(desk.customer, booking);
        Box::pin(async move { store.execute(booking).await })
    };
    // Those of a group that is under way wait no more; and where it was tried once, as many again.
    let max = 2 * COMMANDS_WAITING_MAX + GROUP_MAX;
    let (waiting, refused, answers) = fill(&bench, "tickets", max, ask).await;
    assert!(waiting >= COMMANDS_WAITING_MAX, "{waiting}");
    assert!(matches!(refused, Err(CommandError::Store(StoreError::Busy))), "{refused:?}");
    assert_eq!(answers.into_iter().filter(Result::is_ok).count(), 1, "one seat");
    drop(desk);
    assert_eq!(bench.tickets().await, 1);
}

/// Queries, beside those that have one of the eight connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_queries_that_wait_the_next_is_refused_as_busy() {
    const MAX: usize = 4_096 + 8;
    let bench = Bench::new().await;
    let (store, route) = (bench.desk.store.clone(), bench.route);
    let ask = |_| -> BoxFuture<'static, _> {
        let store = store.clone();
        Box::pin(async move { store.route(route).await })
    };
    let (waiting, refused, answers) = fill(&bench, "routes", MAX, ask).await;
    assert_eq!(waiting, MAX);
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    assert!(answers.iter().all(Result::is_ok), "each that had its place is answered");
    drop(store);
    bench.tickets().await;
}

/// Sessions are committed together, so some more are under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sessions_that_wait_the_next_is_refused_as_busy() {
    const WAITING_MAX: usize = 4_096;
    const TOGETHER_MAX: usize = 256;
    let bench = Bench::new().await;
    let store = bench.desk.store.clone();
    let lease = Duration::from_secs(3_600);
    store.renew_viewer_node(node(), lease, bench.desk.now).await.unwrap();
    let ask = |number| -> BoxFuture<'static, _> {
        let (store, held) = (store.clone(), held(u16::try_from(number).unwrap()));
        Box::pin(async move { store.save_viewer_session(node(), held, Vec::new(), true).await })
    };
    let max = WAITING_MAX + 4 * TOGETHER_MAX;
    let (waiting, refused, answers) = fill(&bench, "viewer_sessions", max, ask).await;
    assert!(waiting >= WAITING_MAX, "{waiting}");
    assert!(matches!(refused, Err(SaveError::Store(StoreError::Busy))), "{refused:?}");
    assert!(answers.iter().all(Result::is_ok), "each that had its place is answered");
    drop(store);
    bench.tickets().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_accounts_that_are_asked_for_the_next_is_refused_as_busy() {
    const WAITING_MAX: usize = 8_192;
    const TOGETHER_MAX: usize = 256;
    let bench = Bench::new().await;
    let (store, id) = (bench.desk.store.clone(), bench.desk.customer.user_id);
    let ask = |_| -> BoxFuture<'static, _> {
        let store = store.clone();
        Box::pin(async move { store.account(id).await })
    };
    let max = WAITING_MAX + 2 * TOGETHER_MAX;
    let (waiting, refused, answers) = fill(&bench, "users", max, ask).await;
    assert!(waiting >= WAITING_MAX, "{waiting}");
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    assert!(answers.iter().all(Result::is_ok), "each that had its place is answered");
    drop(store);
    bench.tickets().await;
}

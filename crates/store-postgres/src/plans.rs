//! How PostgreSQL carries out each statement of this crate while its tables are empty, growing and
//! full: a table that grows is never scanned, with any statistics about it.
//!
//! Statements are not listed by hand. Every connection notes what it prepares while cases of the
//! contract suite and its filters run; then every SQL text in the sources must be among the notes.

mod many_rows;
mod node;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use store::contract::{Harness, every_statement, sources};
use store::{CommittedStream, Store};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::PostgresStore;
use crate::connection::Address;
use crate::db::SETTINGS;
use node::Node;

static RUN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A prepared statement is also run.
pub(crate) fn note(sql: &str) {
    RUN.lock().insert(sql.split_whitespace().collect::<Vec<_>>().join(" "));
}

/// A database of its own on the server of the tests.
pub(crate) struct Postgres {
    pub(crate) url: String,
    open: Option<PostgresStore>,
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Nothing is left on the disk of a run with dozens of them.
impl Drop for Postgres {
    fn drop(&mut self) {
        let url = self.url.clone();
        // A runtime of its own: the case's may be at its end.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let (server, name) = url.rsplit_once('/').unwrap();
                let client = connect(&format!("{server}/postgres")).await;
                let gone = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                client.batch_execute(&gone).await.unwrap();
            });
        });
        drop(dropped.join());
    }
}

#[async_trait::async_trait]
impl Harness for Postgres {
    async fn new() -> Self {
        let server = std::env::var("SEATWIRE_TEST_POSTGRES")
            .expect("SEATWIRE_TEST_POSTGRES names the server of `cargo xtask postgres`");
        let server = server.trim_end_matches('/');
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("plans_{}_{number}", std::process::id());
        let client = connect(&format!("{server}/postgres")).await;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        Self { url: format!("{server}/{name}"), open: None }
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        let address = Address::parse(&self.url).unwrap();
        let (store, stream) =
            crate::open_by_callers_time(&address, &store::DataKeys::default()).await.unwrap();
        // So that the statements for another process's changes run here too.
        store.decide_by_turns();
        self.open = Some(store.clone());
        (Arc::new(store), stream)
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        drop(store);
        self.open.take().unwrap().close().await;
    }
}

fn is_planned(sql: &str) -> bool {
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|word| sql.starts_with(word))
        // The migrations' own table.
        && !sql.contains("schema_migrations")
        // About locks and connections, not about tables.
        && !sql.starts_with("SELECT pg_")
}

/// Run only when a connection was lost in the middle of a commit.
const SELDOM: [&str; 1] = ["SELECT EXISTS (SELECT 1 FROM groups WHERE id = $1)"];

/// Tables that always have few rows.
const SMALL: [&str; 9] = [
    "epoch",
    "known_epochs",
    "ticket_figures",
    "figures_folded",
    "route_totals",
    "route_figures",
    "bus_figures",
    "account_changes",
    // A row for a day.
    "expired_hold_seats",
];

/// Tables that a statement may scan, because it needs all of their rows.
fn may_go_through(sql: &str, table: &str) -> bool {
    // Nearly all accounts are in use: the rows to count are found at once.
    let counted = table == "users" && sql.contains("FROM users WHERE deleted_at IS NULL");
    // Live holds are counted when metrics are read: the index has nothing else, and they are few.
    let live = sql.starts_with("SELECT count(expires_at)");
    SMALL.contains(&table) || live || counted && sql.contains(") counted")
}

/// A statement may sort for a page only where the rows are few by nature.
fn may_sort(sql: &str) -> bool {
    // Pairs of cities: a company has some hundreds.
    sql.contains("FROM city_pair_changes")
        // Departures from one city at one moment: the index has them by time.
        || sql.contains("time FROM stops WHERE city_key = $1")
        // The accounts that a search by words may look at.
        || sql.contains("FROM users u WHERE u.id = ANY(")
}

async fn plan(client: &Client, sql: &str) -> Node {
    let parameters = (1..).take_while(|number| sql.contains(&format!("${number}"))).count();
    let nulls = vec!["NULL"; parameters].join(", ");
    let values = if parameters == 0 { String::new() } else { format!("({nulls})") };
    let explain =
        format!("PREPARE planned AS {sql}; EXPLAIN (FORMAT JSON) EXECUTE planned{values}");
    let told =
        client.simple_query(&explain).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    client.batch_execute("DEALLOCATE planned").await.unwrap();
    let row = told.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    Node::parse(row.unwrap())
}

async fn hold_plans(client: &Client, statements: &BTreeSet<String>, when: &str) {
    client.batch_execute(&format!("BEGIN; {SETTINGS}")).await.unwrap();
    let mut wrong = Vec::new();
    for sql in statements {
        let plan = plan(client, sql).await;
        for table in plan.gone_through() {
            if !may_go_through(sql, &table) {
                wrong.push(format!("{table}: {sql}\n{plan}"));
            }
        }
        if plan.sorts_for_a_page() && !may_sort(sql) {
            wrong.push(format!("sorted: {sql}\n{plan}"));
        }
        // Departures that are skipped, or looked at one by one, are not read from the table.
        let searches = sql.contains("FROM segments s") && sql.contains("s.bus_id FROM");
        if searches && !plan.to_string().contains("Index Only Scan segments") {
            wrong.push(format!("reads rows: {sql}\n{plan}"));
        }
        let skips = sql.starts_with("SELECT id FROM users") && sql.contains("OFFSET");
        if skips && !plan.to_string().contains("Index Only Scan users") {
            wrong.push(format!("skips rows: {sql}\n{plan}"));
        }
    }
    client.batch_execute("ROLLBACK").await.unwrap();
    assert!(wrong.is_empty(), "{when}, {} are not as meant:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_goes_through_a_table_that_grows() {
    every_statement::run_cases::<Postgres>().await;
    let mut harness = Postgres::new().await;
    let (store, stream) = harness.open().await;
    drop(stream);
    every_statement::ask_every_filter(store.as_ref()).await;
    harness.close(store).await;
    let client = connect(&harness.url).await;

    SELDOM.into_iter().for_each(note);
    let statements: BTreeSet<String> =
        RUN.lock().iter().filter(|sql| is_planned(sql)).cloned().collect();
    let forgotten: Vec<String> =
        sources::written(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), is_planned)
            .into_iter()
            .filter(|text| !statements.iter().any(|sql| sql.contains(text.as_str())))
            .collect();
    assert!(forgotten.is_empty(), "statements that nothing here runs: {forgotten:#?}");

    // Not "empty, and known to be": without rows every plan costs the same, and the choice shows
    // nothing. Tables are analysed once they have some.
    hold_plans(&client, &statements, "empty").await;
    many_rows::fill(&client, 1, 20).await;
    client.batch_execute("ANALYZE").await.unwrap();
    hold_plans(&client, &statements, "small").await;
    many_rows::fill(&client, 21, 20_000).await;
    hold_plans(&client, &statements, "grown since it was looked at").await;
    client.batch_execute("ANALYZE").await.unwrap();
    hold_plans(&client, &statements, "full").await;
    insta::assert_snapshot!("indexes", indexes(&client, &statements).await);
}

/// Which indexes each statement uses: the wrong one, with a condition too, reads far more rows than
/// it gives. The rest of a plan differs between versions of PostgreSQL.
async fn indexes(client: &Client, statements: &BTreeSet<String>) -> String {
    client.batch_execute(&format!("BEGIN; {SETTINGS}")).await.unwrap();
    let mut told = String::new();
    for sql in statements {
        let plan = plan(client, sql).await;
        let used: Vec<&str> = plan.indexes().into_iter().collect();
        told += &format!("{sql}\n    {}\n", used.join(", "));
    }
    client.batch_execute("ROLLBACK").await.unwrap();
    told
}

/// The control: a statement that no index answers is found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_without_an_index_is_seen() {
    let mut harness = Postgres::new().await;
    let (store, _stream) = harness.open().await;
    harness.close(store).await;
    let client = connect(&harness.url).await;
    client.batch_execute(&format!("BEGIN; {SETTINGS}")).await.unwrap();
    let seen = plan(&client, "SELECT id FROM tickets WHERE passenger_name = $1").await;
    assert_eq!(seen.gone_through(), ["tickets"], "{seen}");
    let seen = plan(&client, "SELECT id FROM tickets WHERE phone LIKE $1 ORDER BY id").await;
    assert_eq!(seen.gone_through(), ["tickets"], "{seen}");
    let known = plan(&client, "SELECT id FROM tickets WHERE phone = $1").await;
    assert!(known.gone_through().is_empty(), "{known}");
}

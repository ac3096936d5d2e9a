//! How SQLite carries out each statement of this crate, on a filled database, as a snapshot: a scan
//! or a wrong index turns it red.
//!
//! Statements are not listed by hand. Every connection notes what it runs while cases of the
//! contract suite and the filters below run; then every SQL text in the sources has to be among
//! what was noted.

mod many_rows;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::passenger::{IdentityNumber, Phone};
use domain::{CityKey, UserId};
use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use store::contract::{Harness, every_statement, sources};
use store::{CommittedStream, DataKeys, Store, TicketFilter, TicketIndex};
use tempfile::TempDir;

use crate::SqliteStore;
use crate::db::Db;
use crate::table::ticket_driver::Driver;

static RUN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Notes every statement that this connection runs.
pub(crate) fn trace(connection: &Connection) {
    connection.trace_v2(
        TraceEventCodes::SQLITE_TRACE_STMT,
        Some(|event| {
            if let TraceEvent::Stmt(statement, _) = event {
                RUN.lock().insert(statement.sql().split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }),
    );
}

struct Sqlite {
    folder: TempDir,
    open: Option<SqliteStore>,
}

impl Sqlite {
    fn path(&self) -> PathBuf {
        self.folder.path().join("seatwire.db")
    }
}

#[async_trait::async_trait]
impl Harness for Sqlite {
    async fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), open: None }
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        let (store, stream) = crate::open(&self.path()).unwrap();
        self.open = Some(store.clone());
        (Arc::new(store), stream)
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        drop(store);
        let store = self.open.take().unwrap();
        tokio::task::spawn_blocking(move || store.close()).await.unwrap();
    }
}

/// A far page of every list that is merged from ranges: for the parts that are skipped, and those
/// that are only counted.
fn ask_far_pages(connection: &Db) {
    let issuer = UserId::from(uuid::Uuid::from_u128(1));
    let filters = [
        (TicketIndex::Everything, TicketFilter::default()),
        (
            TicketIndex::Issuer,
            TicketFilter { issued_by_id: Some(issuer), ..TicketFilter::default() },
        ),
        (TicketIndex::User, TicketFilter { user_id: Some(issuer), ..TicketFilter::default() }),
        (
            TicketIndex::Phone,
            TicketFilter { phone: Phone::parse("5321234567").ok(), ..TicketFilter::default() },
        ),
        (
            TicketIndex::Identity,
            TicketFilter {
                identity_number: IdentityNumber::parse("10000000146").ok(),
                ..TicketFilter::default()
            },
        ),
        (
            TicketIndex::Cities,
            TicketFilter { from_city: Some(CityKey::new("town2")), ..TicketFilter::default() },
        ),
    ];
    for (by, filter) in filters {
        let driver = Driver::open(connection, by, &filter).unwrap();
        let found = driver.newest(connection, 0, 1, 20_000).unwrap();
        assert_eq!(found.ids.len(), 1, "{by:?}");
        assert!(found.total > 4, "{by:?}");
    }
}

/// SQLite's plan, a line for each step, deeper ones indented.
fn plan(connection: &Connection, sql: &str) -> String {
    let mut explained = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let mut depths = vec![(0_i64, 0_usize)];
    let mut lines = String::new();
    let mut rows = explained.raw_query();
    while let Some(row) = rows.next().unwrap() {
        let (id, parent): (i64, i64) = (row.get(0).unwrap(), row.get(1).unwrap());
        let depth = depths.iter().find(|(of, _)| *of == parent).map_or(0, |(_, depth)| *depth);
        depths.push((id, depth + 1));
        let step: String = row.get(3).unwrap();
        lines += &format!("    {}{step}\n", "  ".repeat(depth));
    }
    lines
}

fn is_planned(sql: &str) -> bool {
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|word| sql.starts_with(word))
        && !sql.contains("refinery_schema_history")
        && !sql.contains("sqlite_master")
        && !sql.contains("sqlite_schema")
        // The migrations' own: ours are prepared one by one.
        && !sql.ends_with(';')
}

/// Big tables may be scanned only in the order of the answer, and only up to a limit.
fn may_scan(sql: &str, step: &str) -> bool {
    let is_small = [
        "route_totals",
        "ticket_figures",
        "bus_figures",
        "account_changes",
        "expired_hold_figures",
        // A row for a day.
        "expired_hold_seats",
    ]
    .iter()
    .any(|table| step.contains(&format!("SCAN {table}")));
    // Live holds are counted when metrics are read: the index has nothing else, and they are few.
    let live = sql.starts_with("SELECT count(expires_at)") && step.contains("COVERING INDEX");
    // The accounts that a search by words may look at.
    let accounts = sql.contains("LIMIT ?) w CROSS JOIN") && step.trim() == "SCAN w";
    // For the log, when a migration has just rewritten them.
    let after_migration = sql.contains("FROM stops GROUP BY route_id, city_key HAVING")
        || sql.contains("FROM users WHERE email <> email_form(email)");
    // The departures that a search by price, type or bus may look at.
    let looked_at = sql.contains("LIMIT ?) s WHERE") && step.trim() == "SCAN s";
    // The departures that may be looked at for a city behind their stop.
    let trips = sql.contains("LIMIT ?) trip WHERE") && step.trim() == "SCAN trip";
    // The tickets that a search may look at, newest first.
    let newest =
        sql.ends_with("FROM tickets t ORDER BY t.id DESC LIMIT ?") && step.trim() == "SCAN t";
    // From either end of the chain, up to a limit.
    let chain = sql.contains("LIMIT ") && step.trim() == "SCAN groups";
    is_small
        || chain
        || looked_at
        || trips
        || newest
        || sql.contains(" ?) p CROSS JOIN") && step.trim() == "SCAN p"
        || after_migration
        || accounts
        || live
        || (sql.contains("LIMIT ") && step.contains("USING"))
        || step.contains("SCAN (subquery")
        || step.contains("SCAN CONSTANT ROW")
        // Some texts that are one value.
        || step.contains("SCAN json_each")
}

/// What a page skips is passed over in an index, and no row of the table is read for it, except in
/// lists that are short.
fn may_read_what_it_skips(step: &str) -> bool {
    let lists = [
        "buses ",
        "bus_features ",
        "seat_layouts ",
        "stations ",
        "routes USING INDEX routes_by_bus",
    ];
    lists.iter().any(|list| step.contains(&format!(" {list}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_statements_plan_is_the_one_that_was_meant() {
    every_statement::run_cases::<Sqlite>().await;
    let mut harness = Sqlite::new().await;
    let (store, stream) = harness.open().await;
    drop(stream);
    every_statement::ask_every_filter(store.as_ref()).await;
    harness.close(store).await;
    let connection = Connection::open(harness.path()).unwrap();
    // With this crate's own functions.
    let connection = crate::pragmas::shared_pragmas(connection, 512).unwrap();
    let connection = Db::new(connection, &DataKeys::default()).unwrap();
    many_rows::fill(&connection);
    ask_far_pages(&connection);
    let statements: BTreeSet<String> =
        RUN.lock().iter().filter(|sql| is_planned(sql)).cloned().collect();
    let forgotten: Vec<String> =
        sources::written(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), is_planned)
            .into_iter()
            .filter(|text| !statements.iter().any(|sql| sql.contains(text.as_str())))
            .collect();
    assert!(forgotten.is_empty(), "statements that nothing here runs: {forgotten:#?}");
    let plans = || -> Vec<(String, String)> {
        statements.iter().map(|sql| (sql.clone(), plan(&connection, sql))).collect()
    };
    let told = plans();
    let text: String = told.iter().map(|(sql, plan)| format!("{sql}\n{plan}\n")).collect();
    insta::assert_snapshot!("plans", text);
    for (sql, plan) in &told {
        for step in plan.lines().filter(|step| step.contains("SCAN ")) {
            assert!(may_scan(sql, step), "a scan: {sql}\n{plan}");
        }
        for step in plan.lines().filter(|step| step.contains(" USING INDEX ")) {
            let skips = sql.contains("LIMIT ? OFFSET ?");
            assert!(!skips || may_read_what_it_skips(step), "skips rows: {sql}\n{plan}");
            let looks_at = sql.contains("LIMIT ?) s WHERE");
            assert!(!looks_at, "reads rows that it only looks at: {sql}\n{plan}");
        }
        // Of a plate there are two rows at the most.
        let may_sort = sql.contains("LIMIT ?) w CROSS JOIN") || sql.contains("OR plate_key = ?");
        let sorts = plan.contains("USE TEMP B-TREE FOR ORDER BY");
        assert!(!sorts || may_sort, "a sort: {sql}\n{plan}");
    }
    // With statistics about the tables, SQLite does the same.
    connection.execute_batch("ANALYZE").unwrap();
    for ((sql, before), (_, after)) in told.iter().zip(plans()) {
        assert_eq!(*before, after, "{sql}");
    }
}

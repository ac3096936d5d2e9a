//! How SQLite carries out each statement of this crate, on a filled database, as a snapshot: a scan or
//! a wrong index turns it red.
//!
//! Statements are not listed by hand. Every connection notes what it runs while cases of the contract
//! suite and the filters below run; then every SQL text in the sources has to be among what was noted.

mod many_rows;
mod sources;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::calendar::TimeRange;
use domain::part::Part;
use domain::passenger::{IdentityNumber, Phone};
use domain::ticket::TicketStatus;
use domain::{
    BookingId, BusId, CityKey, Kurus, LayoutType, Ordinal, Pnr, Role, RouteId, RouteKind, UserId,
};
use jiff::Timestamp;
use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use store::contract::{EVERYTHING, Harness};
use store::{
    AuditFilter, BusFilter, CommittedStream, PlaceBy, RouteFilter, SegmentSearch, Store,
    TicketFilter, TicketIndex, UserFilter,
};
use tempfile::TempDir;

use crate::SqliteStore;
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

/// Cases of the contract that together run every statement that has one form only.
async fn run_cases() {
    use store::contract::{
        bookings, bus_features, bus_time, buses, events, figures, held_seats, holds, keys,
        neighbours, payments, people, pnrs, routes, search, seat_layouts, seats, sessions,
        stations, storm, tickets, tracking, trail,
    };
    keys::of_64_repeats_one_acts::<Sqlite>().await;
    keys::a_catalogue_write_acts_once::<Sqlite>().await;
    keys::a_payments_key_waits_for_its_end::<Sqlite>().await;
    tickets::every_filter_narrows_the_list::<Sqlite>().await;
    search::hits_count_the_segments_free_seats::<Sqlite>().await;
    search::a_search_knows_the_segments_price::<Sqlite>().await;
    holds::due_holds_come_longest_ago_first::<Sqlite>().await;
    buses::a_bus_is_kept_as_it_was_described::<Sqlite>().await;
    buses::a_seat_change_reaches_the_routes::<Sqlite>().await;
    storm::random_commands_from_many_tasks_leave_the_books_in_order::<Sqlite>().await;
    seats::a_suspended_ticket_takes_its_seat_again::<Sqlite>().await;
    seats::a_move_onto_a_taken_seat_changes_nothing::<Sqlite>().await;
    events::a_route_is_found_as_it_stood_at_a_position::<Sqlite>().await;
    events::the_last_position_is_the_newest_events::<Sqlite>().await;
    pnrs::a_ticket_is_found_by_its_code::<Sqlite>().await;
    neighbours::a_late_payment_wins_no_seat_beside_a_stranger::<Sqlite>().await;
    payments::a_cancelled_ticket_gives_its_money_back::<Sqlite>().await;
    bookings::a_booking_is_kept_as_it_was_made::<Sqlite>().await;
    bookings::a_contacts_number_is_that_of_all_tickets::<Sqlite>().await;
    payments::unfinished_payments_are_found::<Sqlite>().await;
    payments::the_history_shows_what_was_paid::<Sqlite>().await;
    holds::the_next_hold_end_moves_with_the_holds::<Sqlite>().await;
    routes::a_route_is_changed_field_by_field::<Sqlite>().await;
    routes::a_route_with_events_cannot_be_deleted::<Sqlite>().await;
    buses::a_plate_is_unique::<Sqlite>().await;
    buses::a_bus_with_routes_stays::<Sqlite>().await;
    buses::seats_of_a_sold_future_route_are_fixed::<Sqlite>().await;
    bus_features::a_feature_is_kept_and_its_name_is_unique::<Sqlite>().await;
    bus_features::a_bus_shows_its_features_as_they_are::<Sqlite>().await;
    tracking::the_newest_position_is_kept_for_a_while::<Sqlite>().await;
    tracking::a_bus_has_one_token::<Sqlite>().await;
    seat_layouts::a_layout_is_kept_and_its_name_is_unique::<Sqlite>().await;
    seat_layouts::every_bus_changes_with_its_layout::<Sqlite>().await;
    stations::stations_are_made_changed_and_deleted::<Sqlite>().await;
    stations::stations_are_found_by_part_of_their_name::<Sqlite>().await;
    sessions::a_session_is_kept_replaced_and_forgotten::<Sqlite>().await;
    people::credentials_are_found_by_email::<Sqlite>().await;
    people::a_user_is_kept::<Sqlite>().await;
    people::the_last_administrator_stays::<Sqlite>().await;
    people::a_new_password_is_ones_own::<Sqlite>().await;
    figures::destinations_are_future_active_and_by_name::<Sqlite>().await;
    figures::an_empty_store_has_figures_too::<Sqlite>().await;
    figures::an_open_store_is_ready::<Sqlite>().await;
    bus_time::a_long_journey_keeps_its_bus::<Sqlite>().await;
    bus_time::a_change_of_bus_or_time_finds_the_bus_free::<Sqlite>().await;
    figures::bus_figures_add_up::<Sqlite>().await;
    figures::holds_that_ran_out_are_counted_by_account_and_departure::<Sqlite>().await;
    events::events_are_read_in_pieces::<Sqlite>().await;
    held_seats::a_hold_ends_once_by_its_time::<Sqlite>().await;
    held_seats::a_block_is_lifted_once_and_kept_until_then::<Sqlite>().await;
    held_seats::one_address_owes_half_of_a_bus_however_many_accounts::<Sqlite>().await;
    held_seats::who_lets_seats_run_out_again_and_again_waits::<Sqlite>().await;
    payments::a_payment_that_lands_late_wins_the_seat_back::<Sqlite>().await;
    trail::every_filter_narrows_the_trail::<Sqlite>().await;
}

fn key(name: &str) -> Option<CityKey> {
    Some(CityKey::new(name))
}

/// Every list with every filter that changes its statement.
async fn ask_every_filter(store: &dyn Store) {
    let departs = Some(TimeRange { start: Timestamp::UNIX_EPOCH, end: Timestamp::MAX });
    let some = || TicketFilter::default();
    let (user, route) = (UserId::from(uuid::Uuid::nil()), RouteId::from(uuid::Uuid::nil()));
    let phone = Phone::parse("5321234567").ok();
    let identity_number = IdentityNumber::parse("10000000146").ok();
    let (from_city, to_city) = (key("a"), key("b"));
    let both = || TicketFilter { from_city: key("a"), to_city: key("b"), ..some() };
    let tickets = [
        some(),
        TicketFilter { status: Some(TicketStatus::Suspended), ..some() },
        TicketFilter { route_id: Some(route), ..some() },
        TicketFilter { user_id: Some(user), ..some() },
        TicketFilter { issued_by_id: Some(user), ..some() },
        TicketFilter { phone: phone.clone(), ..some() },
        TicketFilter { identity_number: identity_number.clone(), ..some() },
        both(),
        TicketFilter { from_city: from_city.clone(), ..some() },
        TicketFilter { to_city: to_city.clone(), ..some() },
        TicketFilter { departs, ..some() },
        TicketFilter { departs, ..both() },
        TicketFilter { departs, from_city, ..some() },
        TicketFilter { departs, to_city, ..some() },
        TicketFilter { pnr: Pnr::parse("VV00ABCDE"), phone: phone.clone(), ..both() },
        TicketFilter { pnr_part: Part::of_pnr("A1B2").ok(), ..some() },
        TicketFilter { phone_part: Part::of_phone("4567").ok(), ..both() },
        // Whatever is looked up in each ticket, all at once.
        TicketFilter {
            phone,
            identity_number,
            user_id: Some(user),
            issued_by_id: Some(user),
            route_id: Some(route),
            departs,
            ..both()
        },
    ];
    for filter in tickets {
        store.tickets(filter, EVERYTHING).await.unwrap();
    }
    for (is_active, kind, bus_id) in [
        (None, None, None),
        (Some(true), None, None),
        (None, Some(RouteKind::Vip), None),
        (Some(true), Some(RouteKind::Vip), None),
        (Some(true), None, Some(BusId::from(uuid::Uuid::nil()))),
    ] {
        for departs in [None, departs] {
            let filter = RouteFilter { is_active, kind, bus_id, departs };
            store.routes(filter, EVERYTHING).await.unwrap();
        }
        for (from_city, to_city) in
            [(None, None), (key("a"), None), (None, key("b")), (key("a"), key("b"))]
        {
            let departs = TimeRange { start: Timestamp::UNIX_EPOCH, end: Timestamp::MAX };
            let price = Some(Kurus::from_lira(1));
            let (min_price, max_price) = if kind.is_some() { (price, price) } else { (None, None) };
            let search = SegmentSearch {
                from_city,
                to_city,
                departs,
                is_active,
                kind,
                bus_id,
                min_price,
                max_price,
            };
            store.search(search, EVERYTHING).await.unwrap();
        }
    }
    for brand in [None, Some("Setra".to_owned())] {
        for layout_type in [None, Some(LayoutType::TwoOne)] {
            let filter = BusFilter { brand: brand.clone(), layout_type };
            store.buses(filter, EVERYTHING).await.unwrap();
        }
    }
    for role in [None, Some(Role::Admin)] {
        for is_demo in [None, Some(true)] {
            let filter = UserFilter { role, is_demo, ..UserFilter::default() };
            store.users(filter, EVERYTHING).await.unwrap();
        }
    }
}

/// Every question about the audit, with and without times.
async fn ask_audit(store: &dyn Store) {
    let (actor, route) = (UserId::from(uuid::Uuid::nil()), RouteId::from(uuid::Uuid::nil()));
    let booking = BookingId::from(uuid::Uuid::nil());
    let time = Some(Timestamp::UNIX_EPOCH);
    let some = AuditFilter::default;
    for filter in [
        some(),
        AuditFilter { booking_id: Some(booking), ..some() },
        AuditFilter { route_id: Some(route), ..some() },
        AuditFilter { actor_id: Some(actor), ..some() },
        AuditFilter { route_id: Some(route), actor_id: Some(actor), ..some() },
        AuditFilter { booking_id: Some(booking), route_id: Some(route), ..some() },
    ] {
        for (from, to) in [(None, None), (time, time)] {
            let filter = AuditFilter { from, to, ..filter.clone() };
            store.audit(filter, EVERYTHING).await.unwrap();
        }
    }
}

/// A far page of every list that is merged from ranges: what is passed over, and what is only counted.
fn ask_far_pages(connection: &Connection) {
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
        (TicketIndex::Cities, TicketFilter { from_city: key("town2"), ..TicketFilter::default() }),
    ];
    for (by, filter) in filters {
        let driver = Driver::open(connection, by, &filter).unwrap();
        let found = driver.newest(connection, 0, 1, 20_000).unwrap();
        assert_eq!(found.ids.len(), 1, "{by:?}");
        assert!(found.total > 4, "{by:?}");
    }
}

/// What SQLite means to do, a line for each step, deeper ones indented.
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
        // The migrations' own: ours are prepared one by one.
        && !sql.ends_with(';')
}

/// Big tables may be gone through only in the order of the answer, and only so far.
fn may_scan(sql: &str, step: &str) -> bool {
    let is_small = [
        "route_totals",
        "ticket_figures",
        "bus_figures",
        "account_changes",
        "expired_hold_figures",
    ]
    .iter()
    .any(|table| step.contains(&format!("SCAN {table}")));
    // Kept for minutes, and bounded by the gateway; read once, at the start.
    let at_start = step.contains("SCAN viewer_sessions");
    // Who manages accounts sits before a command line, and they are few.
    let accounts = step.contains("SCAN users");
    // Said in the log when a migration has just rewritten them.
    let after_migration = sql.contains("FROM stops GROUP BY route_id, city_key HAVING");
    // The departures that a search by price, type or bus may look at.
    let looked_at = sql.contains("LIMIT ?) s WHERE") && step.trim() == "SCAN s";
    is_small
        || at_start
        || looked_at
        || sql.contains("LIMIT ?) p CROSS JOIN") && step.trim() == "SCAN p"
        || after_migration
        || accounts
        || (sql.contains("LIMIT ") && step.contains("USING"))
        || step.contains("SCAN (subquery")
        || step.contains("SCAN CONSTANT ROW")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_statements_plan_is_the_one_that_was_meant() {
    run_cases().await;
    let mut harness = Sqlite::new().await;
    let (store, stream) = harness.open().await;
    drop(stream);
    ask_every_filter(store.as_ref()).await;
    ask_audit(store.as_ref()).await;
    store.look_for_changed_accounts().await.unwrap();
    let route = RouteId::from(uuid::Uuid::nil());
    store.place(route, PlaceBy::Ordinal(Ordinal::new(1))).await.unwrap();
    harness.close(store).await;
    let connection = Connection::open(harness.path()).unwrap();
    // With this crate's own functions.
    let connection = crate::open::shared_pragmas(connection, 512).unwrap();
    many_rows::fill(&connection);
    ask_far_pages(&connection);
    let statements: BTreeSet<String> =
        RUN.lock().iter().filter(|sql| is_planned(sql)).cloned().collect();
    let forgotten: Vec<String> =
        sources::written(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")))
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
        // A search by price, type or bus: of the departures that it may look at, those that match.
        // And of a plate there are two rows at the most.
        let may_sort = sql.contains("LIMIT ?) s WHERE") || sql.contains("OR plate_key = ?");
        let sorts = plan.contains("USE TEMP B-TREE FOR ORDER BY");
        assert!(!sorts || may_sort, "a sort: {sql}\n{plan}");
    }
    // Whatever SQLite is told about the tables, it does the same.
    connection.execute_batch("ANALYZE").unwrap();
    for ((sql, before), (_, after)) in told.iter().zip(plans()) {
        assert_eq!(*before, after, "{sql}");
    }
}

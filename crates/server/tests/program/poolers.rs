//! PgBouncer before the database: one that forgets prepared statements is refused at the start,
//! with a sentence that says what would do; one that keeps them is no trouble.

use throwaway_postgres::Pooling;

use crate::support::api::Api;
use crate::support::postgres::Database;
use crate::support::running_server::Launch;
use crate::support::two_servers::on;
use crate::support::waiting::wait_for;
use crate::support::world::{World, booking, id};

const REFUSED: &str = "a pooler in front of the database forgets prepared statements between \
    transactions: PgBouncer keeps them from 1.21 on, with max_prepared_statements above 0, and in \
    session mode";

#[test]
fn a_pooler_that_forgets_prepared_statements_ends_the_start() {
    let database = Database::new();
    let (_pooler, url) = database.behind_a_pooler(Pooling::Transactions);
    let folder = tempfile::tempdir().expect("a folder");
    let ended = on(&url)(Launch::own(folder.path())).ended();
    assert_eq!(ended.exit_code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains(REFUSED), "{}", ended.stderr);
    assert_eq!(ended.stdout, "", "no port was bound");
}

#[test]
fn through_a_pooler_of_sessions_seats_are_sold_and_servers_hear_each_other() {
    let database = Database::new();
    let (_pooler, url) = database.behind_a_pooler(Pooling::Sessions);
    let world = World::with(|launch| on(&url)(launch));
    let other = on(&url)(Launch::own(world.folder.path())).run();
    let there = Api::new(other.url());
    wait_for("they hear each other", || there.get("/health/ready").json()["fanOut"] == "up");
    let route = world.some_route();
    let sold = world.owner.post("/tickets", &booking(&route, 7)).ok(201);
    assert_eq!(sold["status"], "RESERVED");
    let free = there.get(&format!("/tickets/available-seats/{}", id(&route))).ok(200);
    let free = free.as_array().expect("a list");
    assert!(!free.is_empty() && free.iter().all(|seat| seat != 7), "{free:?}");
}

/// A pooler that gives each transaction another connection loses what `LISTEN` asks for: so it is
/// asked for at the database itself, here by the account that only that address names.
#[test]
fn servers_hear_each_other_by_the_address_that_names_the_database_itself() {
    let database = Database::new();
    let (_pooler, url) = database.behind_a_pooler(Pooling::Sessions);
    let direct = database.with_connections_max(4);
    let account = direct.split(['/', '@']).nth(2).expect("an account").to_owned();
    database.run(&format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {account}"));
    let world = World::with(|launch| on(&url)(launch).setting("DATABASE_DIRECT", &direct));
    let here = Api::new(world.server.url());
    wait_for("it hears itself", || here.get("/health/ready").json()["fanOut"] == "up");
    let listens = "SELECT string_agg(DISTINCT usename, ' ') FROM pg_stat_activity \
        WHERE datname = current_database() AND query LIKE '%pg_notify(%seatwire_groups%' \
        AND pid <> pg_backend_pid() AND query NOT LIKE '%pg_stat_activity%'";
    assert_eq!(database.ask(listens), account);
    let work = format!(
        "SELECT count(*) > 0 FROM pg_stat_activity \
        WHERE datname = current_database() AND application_name = 'seatwire' \
        AND usename <> '{account}'"
    );
    assert_eq!(database.ask(&work), "true", "all else goes through the pooler");
}

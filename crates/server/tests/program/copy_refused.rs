//! `seatwire copy` that is stopped half-way, or whose copy is not what was read: nothing is taken
//! over, and it can be run again.

use serde_json::json;

use crate::copy::{copy, copying};
use crate::support::postgres::Database;
use crate::support::running_server::Launch;
use crate::support::two_servers::on;
use crate::support::waiting::wait_for;
use crate::support::world::{CARD_THAT_PAYS, World, id, pay};

/// How many tickets the company has sold.
const SOLD: u16 = 5;

/// A file on which a company has sold, and an empty database with tables.
fn outgrown() -> (tempfile::TempDir, Database) {
    let world = World::with(|launch| launch);
    let route = world.some_route();
    let tickets = (1..=SOLD).map(|seat| world.booked(&world.owner, &route, seat));
    let tickets: Vec<_> = tickets.collect();
    pay(&world.owner, id(&tickets[0]), CARD_THAT_PAYS).ok(200);
    world.owner.patch(&format!("/tickets/{}/cancel", id(&tickets[1])), &json!({})).ok(200);
    let World { server, folder, .. } = world;
    server.terminate();
    let database = Database::new();
    let migrated = on(&database.url)(Launch::own(folder.path())).arg("migrate").ended();
    assert_eq!(migrated.exit_code, Some(0), "{}", migrated.stderr);
    (folder, database)
}

/// Nobody may write into the audit: it comes long after the tickets.
const NO_AUDIT: &str = "LOCK TABLE audit IN EXCLUSIVE MODE";

/// It has waited for longer than the second after which a line about the progress is due.
const WAITS: &str = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
    AND datname = current_database() AND query LIKE 'copy \"audit\"%' \
    AND query_start < clock_timestamp() - interval '1100 milliseconds'";

#[test]
fn a_copy_that_was_killed_half_way_leaves_nothing_and_succeeds_again() {
    let (folder, database) = outgrown();
    let epoch = || database.ask("SELECT number FROM epoch");
    let count = |table: &str| database.ask(&format!("SELECT count(*) FROM {table}"));
    let empty = epoch();
    let held = database.open_transaction(NO_AUDIT);
    let mut child = copying(folder.path(), &database.url).spawn();
    wait_for("it is half-way", || database.ask(WAITS) == "1");
    child.kill().unwrap();
    child.wait().unwrap();
    drop(held);
    wait_for("the database has noticed", || {
        database.ask(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'seatwire' \
             AND datname = current_database()",
        ) == "0"
    });
    assert_eq!(
        [count("tickets"), count("users"), epoch()],
        ["0".to_owned(), "0".to_owned(), empty.clone()]
    );

    // Again, and slow enough for a line about its progress.
    let held = database.open_transaction(NO_AUDIT);
    let child = copying(folder.path(), &database.url).spawn();
    wait_for("it is half-way", || database.ask(WAITS) == "1");
    drop(held);
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{told}");
    let audit = count("audit");
    for line in [
        format!("tickets: {SOLD} rows"),
        format!("audit: {audit} rows so far"),
        format!("audit: {audit} rows"),
    ] {
        assert!(told.lines().any(|it| it.ends_with(&line)), "{line}: {told}");
    }
    assert_eq!(count("tickets"), SOLD.to_string());
    // Whoever has seen the empty database has seen another history.
    assert_ne!(epoch(), empty);
}

/// A database of which one row is not as it was read.
fn is_refused(change: &str, says: &str) {
    let (folder, database) = outgrown();
    database.run(&format!(
        "CREATE SEQUENCE taken; \
         CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$ \
         BEGIN IF nextval('taken') = 2 THEN {change} END IF; RETURN NEW; END $$; \
         CREATE TRIGGER change BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION change()"
    ));
    let refused = copy(folder.path(), &database.url);
    assert_eq!(refused.exit_code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains(says), "{}", refused.stderr);
    assert!(refused.stderr.contains("Nothing was copied."), "{}", refused.stderr);
    assert_eq!(database.ask("SELECT count(*) FROM users"), "0");
    database.run("DROP TRIGGER change ON tickets");
    let done = copy(folder.path(), &database.url);
    assert_eq!(done.exit_code, Some(0), "{}", done.stderr);
    assert_eq!(database.ask("SELECT count(*) FROM tickets"), SOLD.to_string());
}

#[test]
fn a_copy_that_lacks_a_row_is_refused() {
    is_refused("RETURN NULL;", "table tickets: 4 rows were taken over and add up to ");
}

#[test]
fn a_copy_with_another_sum_is_refused() {
    is_refused(
        "NEW.price = NEW.price + 1;",
        "table tickets: 5 rows were taken over and add up to ",
    );
}

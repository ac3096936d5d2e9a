//! A list that is longer than is counted says so, on both databases, and ends where it says.

use serde_json::{Value, json};

use crate::support::postgres::Database;
use crate::support::world::{World, id};

/// More than any list is counted.
const TICKETS: usize = 10_200;

/// How far a list is counted (contract.md, "Conventions").
const COUNTED_MAX: usize = 10_000;

#[test]
fn a_list_that_is_too_long_to_count_says_so() {
    let world = World::new();
    let one = world.booked(&world.agent, &world.some_route(), 1);
    let database = rusqlite::Connection::open(world.folder.path().join("s.db")).unwrap();
    let mut columns = database.prepare("SELECT name FROM pragma_table_info('tickets')").unwrap();
    let columns: Vec<String> =
        columns.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let copied: Vec<&str> = columns
        .iter()
        .map(|name| if name == "id" { "unhex(printf('%032x', n.i))" } else { name })
        .collect();
    let copy = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {TICKETS}) \
         INSERT INTO tickets ({}) SELECT {} FROM n CROSS JOIN (SELECT * FROM tickets)",
        columns.join(", "),
        copied.join(", ")
    );
    database.execute(&copy, []).unwrap();
    told(&world, &one);
}

#[test]
fn so_it_does_on_postgresql() {
    let database = Database::new();
    let secret = "01234567890123456789012345678901";
    let world = World::with(|launch| {
        launch.setting("DATABASE", &database.url).setting("JWT_SECRET", secret)
    });
    let one = world.booked(&world.agent, &world.some_route(), 1);
    database.run(&format!(
        "DO $$ DECLARE names text; BEGIN \
         SELECT string_agg(attname, ', r.') INTO names FROM pg_attribute \
             WHERE attrelid = 'tickets'::regclass AND attnum > 0 AND attgenerated = ''; \
         EXECUTE 'INSERT INTO tickets (' || replace(names, 'r.', '') || ') SELECT r.' || names || \
             ' FROM tickets t, generate_series(1, {TICKETS}) n, LATERAL jsonb_populate_record(t, ' \
             || 'jsonb_build_object(''id'', lpad(to_hex(n), 32, ''0''))) r'; \
         END $$"
    ));
    told(&world, &one);
}

fn told(world: &World, newest: &Value) {
    let counted = COUNTED_MAX.to_string();
    for path in ["/tickets?", "/tickets/search?toCity=ankara&", "/tickets/search?gender=FEMALE&"] {
        let page = |number: usize| world.agent.get(&format!("{path}limit=100&page={number}"));
        let first = page(1);
        assert_eq!(first.header("x-total-count"), Some(&*counted), "{path}");
        assert_eq!(first.header("x-total-count-limited"), Some("true"), "{path}");
        assert_eq!(first.ok(200)[0]["id"], newest["id"], "{path}: newest first");
        let last = page(COUNTED_MAX / 100).ok(200);
        let ids: Vec<&str> = last.as_array().unwrap().iter().map(id).collect();
        assert!(ids.len() == 100 && ids.is_sorted_by(|newer, older| newer > older), "{path}");
        page(COUNTED_MAX / 100 + 1).problem(400, "validation_failed");
    }
    // What can be counted is.
    let none = world.agent.get("/tickets/search?gender=MALE&status=SUSPENDED");
    assert_eq!(none.header("x-total-count"), Some("0"));
    assert_eq!(none.header("x-total-count-limited"), None);
    assert_eq!(none.ok(200), json!([]));
}

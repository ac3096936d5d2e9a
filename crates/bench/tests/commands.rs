//! Every command in its quick form, against the server that was built beside it: the command ends,
//! has figures for each requested server, and loses nothing (a command fails when an event does not
//! come). No figure is judged here, except those that must be nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What the command says; it must end well.
fn said(words: &[&str]) -> String {
    let bench = Path::new(env!("CARGO_BIN_EXE_bench"));
    let seatwire = bench.with_file_name("seatwire");
    assert!(seatwire.exists(), "build the server first: cargo build -p server");
    let output = Command::new(bench).arg("--seatwire").arg(seatwire).args(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    said.into_owned()
}

/// The rows of a run. The peers are left out: they need their registries.
fn rows(words: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("figures.json");
    let options =
        ["--quick", "--against", "floor,floor-batched,seatwire", "--json", json.to_str().unwrap()];
    said(&[&options, words].concat());
    let told: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    told["rows"].as_array().unwrap().clone()
}

fn row<'a>(rows: &'a [Value], command: &str, server: &str) -> &'a Value {
    let found = rows.iter().find(|row| row["command"] == command && row["server"] == server);
    found.unwrap_or_else(|| panic!("no {command} of {server} in {rows:?}"))
}

fn figure(row: &Value, name: &str) -> f64 {
    let figures = row["figures"].as_array().unwrap();
    let found = figures.iter().find(|figure| figure["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {row}"))["value"].as_f64().unwrap()
}

#[test]
fn viewers() {
    let rows = rows(&["viewers"]);
    for server in ["floor", "Seatwire"] {
        assert!(figure(row(&rows, "viewers", server), "held") > 1.0);
    }
}

#[test]
fn viewers_who_come_another_way() {
    for way in ["tls", "sse", "polling"] {
        let rows = rows(&["viewers", "--over", way]);
        assert!(figure(row(&rows, &format!("viewers {way}"), "Seatwire"), "held") > 1.0);
    }
}

#[test]
fn fanout() {
    let rows = rows(&["fanout"]);
    for server in ["floor", "Seatwire"] {
        for command in ["fanout", "fanout rooms"] {
            let row = row(&rows, command, server);
            assert!(figure(row, "first") <= figure(row, "last"));
        }
    }
}

#[test]
fn burst() {
    let rows = rows(&["burst"]);
    for server in ["floor", "floor, batched", "Seatwire"] {
        assert!(figure(row(&rows, "burst", server), "deliveries") > 0.0);
    }
}

#[test]
fn storm() {
    let rows = rows(&["storm"]);
    for (command, server) in
        [("storm", "floor"), ("storm", "Seatwire"), ("storm at once", "Seatwire")]
    {
        assert_eq!(figure(row(&rows, command, server), "lost subscriptions"), 0.0);
    }
}

#[test]
fn storm_restart() {
    let rows = rows(&["storm", "--restart"]);
    let row = row(&rows, "restart", "Seatwire");
    assert_eq!((figure(row, "missed"), figure(row, "doubled")), (0.0, 0.0));
    assert!(figure(row, "tries to come back") >= 50.0 && figure(row, "sales") > 0.0);
}

#[test]
fn steady() {
    let rows = rows(&["steady"]);
    let of = |server| row(&rows, "steady", server);
    for server in ["floor", "Seatwire"] {
        assert!(figure(of(server), "p99 at least") <= figure(of(server), "p99 at most"));
    }
    // They were sent the same to the same viewers.
    assert_eq!(of("floor")["figures"].as_array().unwrap().len(), 11);
}

#[test]
fn book() {
    let rows = rows(&["book"]);
    assert!(figure(row(&rows, "book", "bare SQLite"), "bookings") > 0.0);
    assert!(figure(row(&rows, "book", "Seatwire"), "of bare SQLite") > 0.0);
}

/// Whether they name their seats or not, each is sold once: a booking that is refused fails the
/// run, and so does a bare loop that writes other rows than the server.
#[test]
fn book_groups() {
    for words in [&["book", "--group", "4"][..], &["book", "--group", "4", "--choose"]] {
        let rows = rows(words);
        assert!(figure(row(&rows, "book groups", "bare SQLite"), "bookings") > 0.0);
        let groups = row(&rows, "book groups", "Seatwire");
        assert!(figure(groups, "passengers") > 3.0);
        assert!(figure(groups, "cost of one passenger's") > 0.0);
    }
}

/// A bare loop that leaves out rows of a booking fails the run, and so does an event that a viewer
/// of any server does not get.
#[test]
fn nodes() {
    let rows = rows(&["nodes"]);
    for server in ["bare groups", "bare, one by one", "SQLite", "PostgreSQL, 1"] {
        assert!(figure(row(&rows, "nodes", server), "on a hot route") > 0.0);
    }
    for server in ["PostgreSQL, 2", "PostgreSQL, 3", "PostgreSQL and Redis, 3"] {
        let row = row(&rows, "nodes", server);
        assert!(figure(row, "of bare groups") > 0.0);
        assert!(figure(row, "told, other server, p99") > 0.0);
    }
}

#[test]
fn idle() {
    let rows = rows(&["idle"]);
    assert!(figure(row(&rows, "idle", "Seatwire"), "between heartbeats") >= 0.0);
}

#[test]
fn soak() {
    let rows = rows(&["soak"]);
    assert!(figure(row(&rows, "soak", "Seatwire"), "sales") > 0.0);
}

#[test]
fn opening() {
    let rows = rows(&["opening"]);
    let row = row(&rows, "opening", "Seatwire");
    for nothing in ["sold twice", "failed", "missed", "doubled", "wrong maps"] {
        assert_eq!(figure(row, nothing), 0.0, "{nothing}");
    }
    assert!(figure(row, "requests") >= figure(row, "seats"));
}

#[test]
fn slow() {
    let rows = rows(&["slow"]);
    let row = row(&rows, "slow", "Seatwire");
    for nothing in ["missed", "doubled", "wrong maps"] {
        assert_eq!(figure(row, nothing), 0.0, "{nothing}");
    }
}

/// More tickets than the quick form has: as a company sells them, the store must take every one.
#[test]
fn fill() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("full.db").display());
    let told = said(&["fill", "--departures", "200", "--tickets", "5000", "--database", &database]);
    assert!(told.contains("; 5000 tickets: "), "{told}");
}

/// Every `GET` of the program is asked: one that is new fails the command until it is listed.
#[test]
fn grow() {
    let told = said(&["--quick", "grow"]);
    assert!(told.contains("Bookings: "), "{told}");
}

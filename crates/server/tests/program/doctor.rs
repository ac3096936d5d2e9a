//! `seatwire doctor`: everything that should be changed is found, with what to do, and nothing else
//! is.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rusqlite::Connection;
use serde_json::Value;

use crate::support::running_server::{Ended, Launch};
use crate::support::world::World;

/// A good configuration: nothing needs to be changed.
fn production(folder: &Path) -> Launch {
    Launch::bare(folder)
        .setting("MODE", "production")
        .setting("JWT_SECRET", "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0")
        .setting("ALLOW_MOCK_PAYMENTS", "true")
        .setting("ADMIN_EMAIL", "operator@tickets.example")
        .setting("ADMIN_PASSWORD", "vapur-kandil-47-lodos")
}

fn examined(launch: &Launch) -> (Ended, Vec<Value>) {
    let ended = launch.clone().arg("doctor").arg("--json").ended();
    let findings = serde_json::from_str(&ended.stdout);
    let findings = findings.unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    (ended, findings)
}

/// The changes that it recommends, as `topic: what`.
fn changes(launch: &Launch) -> Vec<String> {
    let (ended, findings) = examined(launch);
    let to_change: Vec<_> = findings.iter().filter(|it| it["verdict"] == "change").collect();
    let expected = i32::from(!to_change.is_empty());
    assert_eq!(ended.exit_code, Some(expected), "{findings:?}");
    for finding in &to_change {
        for part in ["why", "do"] {
            assert!(finding[part].as_str().is_some_and(|text| !text.is_empty()), "{finding}");
        }
    }
    let text = |finding: &&Value| {
        format!("{}: {}", finding["topic"].as_str().unwrap(), finding["what"].as_str().unwrap())
    };
    to_change.iter().map(text).collect()
}

/// The only change that it recommends.
#[track_caller]
fn the_change(launch: &Launch, told: &str) {
    let found = changes(launch);
    let [one] = &found[..] else { panic!("not one change: {found:?}") };
    assert!(one.contains(told), "{told}: {one}");
}

#[test]
fn a_sound_server_has_nothing_to_change_and_is_not_disturbed() {
    let world = World::new();
    world.some_route();
    let folder = world.folder.path();
    let port = world.server.port.to_string();
    let launch = production(folder).setting("LISTEN", &format!("localhost:{port}"));
    let (ended, findings) = examined(&launch);
    assert_eq!(ended.exit_code, Some(0), "{findings:?}");
    let topics: Vec<_> = findings.iter().map(|it| it["topic"].as_str().unwrap()).collect();
    for topic in ["settings", "database", "descriptors", "disk", "ports", "clock"] {
        assert!(topics.contains(&topic), "{topic}: {topics:?}");
    }
    let text = launch.arg("doctor").ended();
    assert!(text.stdout.contains("a server has it"), "{}", text.stdout);
    assert!(text.stdout.contains("payments go to the mock provider"), "{}", text.stdout);
    assert!(text.stdout.ends_with("Nothing needs to be changed.\n"), "{}", text.stdout);
    world.some_route();
    // The server still has the lock that the doctor checked.
    let second = Launch::own(folder).ended();
    assert_eq!(second.exit_code, Some(2), "{}", second.stderr);
}

#[test]
fn each_fault_of_the_database_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let launch = production(path);
    // Before the first start there is nothing wrong.
    assert_eq!(changes(&launch), [""; 0]);
    assert_eq!(Launch::own(path).run().terminate().exit_code, Some(0));
    assert_eq!(changes(&launch), [""; 0]);

    let file = path.join("s.db");
    let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode));
    mode(0o644).unwrap();
    the_change(&launch, "can be opened by other users (mode 644)");
    mode(0o600).unwrap();
    let left: BTreeSet<_> =
        std::fs::read_dir(path).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["s.db", "s.db.jwt-secret"].map(OsString::from).into(), "it only looks");
    std::fs::hard_link(&file, path.join("other.db")).unwrap();
    the_change(&launch, "has 2 names");
    std::fs::remove_file(path.join("other.db")).unwrap();
    let tool = Connection::open(&file).unwrap();
    let note = "INSERT INTO refinery_schema_history SELECT 9999, 'x', applied_on, checksum \
                FROM refinery_schema_history LIMIT 1";
    tool.execute(note, []).unwrap();
    the_change(&launch, "its tables have version 9999");
    tool.execute("DELETE FROM refinery_schema_history WHERE version = 9999", []).unwrap();
    // The clock was put back: the database is ahead of it.
    let event = "INSERT INTO route_events (position, route_id, ordinal, seq, kind, at) \
                 VALUES (1, x'00', 1, 0, 'active', 4102444800000)";
    tool.execute(event, []).unwrap();
    the_change(&launch, "clock: it is");
    tool.execute("DELETE FROM route_events", []).unwrap();
    tool.close().unwrap();

    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xa5);
    std::fs::write(&file, &bytes).unwrap();
    assert!(changes(&launch).iter().all(|it| it.starts_with("database: ")), "damage is told");
    assert!(!changes(&launch).is_empty());
    std::fs::write(&file, "no database at all, and longer than a head".repeat(9)).unwrap();
    the_change(&launch, "cannot be read");
}

#[test]
fn what_is_not_meant_for_the_public_is_found_in_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let launch = production(folder.path());
    the_change(&launch.clone().setting("RATE_LIMIT", "off"), "SEATWIRE_RATE_LIMIT is off");
    let open = launch.clone().setting("LISTEN", "0.0.0.0:0");
    the_change(&open, "speaks plain HTTP to other machines");
    assert_eq!(changes(&open.setting("TRUSTED_PROXIES", "10.0.0.0/8")), [""; 0]);
    the_change(&launch.clone().setting("DEMO", "true"), "SEATWIRE_DEMO: must be false");
    let no_key = changes(&launch.clone().setting("TLS_CERT", "none.pem"));
    assert!(no_key.len() == 2 && no_key[1].contains("must be set together"), "{no_key:?}");
    // A value that cannot be read is not a finding: it is unknown what was meant.
    let ended = launch.setting("HOLD_SECONDS", "soon").arg("doctor").ended();
    assert_eq!((ended.exit_code, ended.stdout.as_str()), (Some(2), ""));
}

#[test]
fn a_company_that_nobody_could_look_after_is_found() {
    let world = World::new();
    let folder = world.folder.path();
    let alone = Launch::bare(folder)
        .setting("MODE", "production")
        .setting("JWT_SECRET", "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0")
        .setting("ALLOW_MOCK_PAYMENTS", "true");
    assert_eq!(changes(&alone), [""; 0], "the database has one");
    let tool = rusqlite::Connection::open(folder.join("s.db")).unwrap();
    tool.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    tool.execute("UPDATE users SET disabled_at = 1 WHERE role = 'ADMIN'", []).unwrap();
    the_change(&alone, "there is no administrator who can log in");
}

#[test]
fn the_machine_is_looked_at_too() {
    let folder = tempfile::tempdir().unwrap();
    let launch = production(folder.path());
    the_change(&launch.clone().open_files_max(1024), "1024 files may be open");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("127.0.0.1:{}", taken.local_addr().unwrap().port());
    the_change(
        &launch.clone().setting("LISTEN", &address),
        "is in use, and no server has the database",
    );
    drop(taken);
    the_change(
        &launch.setting("LISTEN", "192.0.2.1:3000").setting("TRUSTED_PROXIES", "10.0.0.0/8"),
        "cannot be listened on",
    );
}

#[test]
fn a_certificate_that_nobody_renews_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let launch = production(folder.path()).setting("TLS_CERT", "c.pem").setting("TLS_KEY", "k.pem");
    for (from, until, told) in [
        (2020, 2021, Some("expired at 2021-01-01")),
        (2020, 2999, None),
        (2998, 2999, Some("good only from 2998-01-01")),
    ] {
        let key = KeyPair::generate().unwrap();
        let mut of = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        of.not_before = date_time_ymd(from, 1, 1);
        of.not_after = date_time_ymd(until, 1, 1);
        let certificate = of.self_signed(&key).unwrap();
        std::fs::write(folder.path().join("c.pem"), certificate.pem()).unwrap();
        std::fs::write(folder.path().join("k.pem"), key.serialize_pem()).unwrap();
        match told {
            Some(told) => the_change(&launch, told),
            None => assert_eq!(changes(&launch), [""; 0]),
        }
    }
}

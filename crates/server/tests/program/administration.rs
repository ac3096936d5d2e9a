//! `seatwire admin`, beside a running server and without one; and accounts with which production
//! does not start.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::api::{Answer, Api};
use crate::support::running_server::{Ended, Launch};
use crate::support::world::{
    ADMIN_EMAIL, CARD_THAT_PAYS, PASSWORD, World, booking, id, log_in, pay, text_at,
};

const OWN: &str = "ada@company.example";
const NEW_PASSWORD: &str = "a better secret";

/// The demo's users and their passwords, which are public.
const DEMO: [(&str, &str); 3] = [
    ("admin@seatwire.example", "admin-demo-1"),
    ("agent@seatwire.example", "agent-demo-1"),
    ("customer@seatwire.example", "customer-demo-1"),
];

fn admin(folder: &Path, args: &[&str], input: &str) -> Ended {
    let launch = Launch::bare(folder).arg("admin").input(input);
    args.iter().fold(launch, |launch, arg| launch.arg(arg)).ended()
}

/// Its output when the command has succeeded.
#[track_caller]
pub fn done(folder: &Path, args: &[&str], input: &str) -> String {
    let ended = admin(folder, args, input);
    assert_eq!(ended.exit_code, Some(0), "{args:?}: {}", ended.stderr);
    ended.stdout
}

/// The one line that says why the command failed.
#[track_caller]
pub fn refused(folder: &Path, args: &[&str], input: &str) -> String {
    let ended = admin(folder, args, input);
    assert_eq!((ended.exit_code, ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    ended.stderr
}

fn production(folder: &Path) -> Launch {
    Launch::bare(folder)
        .setting("MODE", "production")
        .setting("JWT_SECRET", "c81f94e0b7a25d3687f1c2be09a4d653")
        .setting("ALLOW_MOCK_PAYMENTS", "true")
}

fn login(api: &Api, email: &str, password: &str) -> Answer {
    api.post("/auth/login", &json!({"email": email, "password": password}))
}

/// Repeats until the running server has noticed what another process did.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}: not noticed");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn production_does_not_start_with_the_accounts_of_the_demo() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(Launch::bare(folder).run().terminate().exit_code, Some(0));
    let ended = production(folder).ended();
    assert_eq!((ended.exit_code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
    let [demo, nobody] = ended.stderr.lines().collect::<Vec<_>>()[..] else {
        panic!("{}", ended.stderr)
    };
    for part in DEMO.map(|(email, _)| email).iter().chain(&["`seatwire admin disable EMAIL`"]) {
        assert!(demo.contains(part), "{part}: {demo}");
    }
    assert!(nobody.contains("there is no administrator who can log in"), "{nobody}");

    let last = refused(folder, &["disable", DEMO[0].0], "");
    assert!(last.contains("is the last administrator who can log in"), "{last}");
    done(folder, &["create", OWN], &format!("{NEW_PASSWORD}\n"));
    done(folder, &["disable", DEMO[0].0], "");
    done(folder, &["disable", DEMO[1].0], "");
    let left = production(folder).ended();
    assert_eq!((left.exit_code, left.stderr.lines().count()), (Some(2), 1), "{}", left.stderr);
    assert!(left.stderr.contains(DEMO[2].0) && !left.stderr.contains(DEMO[0].0));
    done(folder, &["password", DEMO[2].0], NEW_PASSWORD);
    let list = done(folder, &["list"], "");
    let lines: Vec<_> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    let found = |email: &str| lines.iter().find(|line: &&Vec<_>| line[0] == email);
    assert!(found(OWN).is_some_and(|line| line[1..] == ["ADMIN", "enabled"]), "{list}");
    let demo = found(DEMO[0].0).expect("it is listed");
    assert_eq!(demo[1..4], ["ADMIN", "disabled", "since"], "{list}");
    assert!(demo.ends_with(&["made", "by", "the", "demo"]), "{list}");
    assert!(found(DEMO[2].0).is_none(), "a customer like any other: {list}");

    let server = production(folder).run();
    let api = Api::new(server.url());
    for (email, password) in &DEMO[..2] {
        login(&api, email, password).problem(403, "account_disabled");
        // Without the password no caller learns that there is such an account.
        login(&api, email, "not the password").problem(401, "unauthorized");
    }
    login(&api, DEMO[2].0, DEMO[2].1).problem(401, "unauthorized");
    login(&api, DEMO[2].0, NEW_PASSWORD).ok(200);
    assert_eq!(login(&api, OWN, NEW_PASSWORD).ok(200)["user"]["role"], "ADMIN");
}

#[test]
fn accounts_are_looked_after_beside_a_running_server() {
    let world = World::new();
    let folder = world.folder.path();
    let route = world.some_route();
    world.booked(&world.owner, &route, 1);
    let list = done(folder, &["list"], "");
    assert!(list.contains(ADMIN_EMAIL) && list.contains("agent@test.example"), "{list}");
    assert!(!list.contains("owner@test.example"), "customers are too many to list: {list}");

    let noted = done(folder, &["disable", "Owner@Test.example "], "");
    assert!(noted.contains("owner@test.example is disabled"), "{noted}");
    assert!(noted.contains("The running server takes note"), "{noted}");
    until("a disabled account", || world.owner.get("/auth/me").status == 401);
    for path in ["/auth/me", "/tickets/my-tickets", "/routes"] {
        world.owner.get(path).problem(401, "unauthorized");
    }
    world.owner.post("/tickets", &booking(&route, 2)).problem(401, "unauthorized");
    login(&world.nobody, "owner@test.example", PASSWORD).problem(403, "account_disabled");
    login(&world.nobody, "owner@test.example", "wrong password").problem(401, "unauthorized");
    // Others can still write: the other process wrote in between, and no answer is affected.
    world.booked(&world.stranger, &route, 2);

    done(folder, &["enable", "owner@test.example"], "");
    until("an enabled account", || world.owner.get("/auth/me").status == 200);
    world.booked(&world.owner, &route, 3);

    done(folder, &["password", "owner@test.example"], &format!("{NEW_PASSWORD}\r\n"));
    login(&world.nobody, "owner@test.example", PASSWORD).problem(401, "unauthorized");
    login(&world.nobody, "owner@test.example", NEW_PASSWORD).ok(200);

    done(folder, &["create", OWN], NEW_PASSWORD);
    let session = login(&world.nobody, OWN, NEW_PASSWORD).ok(200);
    let second = world.nobody.with_token(text_at(&session, "token"));
    second.post("/stations", &json!({"name": "Yeni"})).ok(201);
    // Two administrators: the first can be disabled, then the second cannot.
    done(folder, &["disable", ADMIN_EMAIL], "");
    refused(folder, &["disable", OWN], "");
    until("a disabled administrator", || world.admin.get("/auth/me").status == 401);
    second.get("/auth/me").ok(200);
    assert_eq!(world.seq(id(&route)), 3);
}

#[test]
fn what_cannot_be_done_is_told_in_one_line() {
    let world = World::new();
    let folder = world.folder.path();
    for (args, input, told) in [
        (&["disable", "nobody@test.example"] as &[&str], "", "there is no account"),
        (&["disable", "nobody"], "", "is not an e-mail address"),
        (&["create", ADMIN_EMAIL], NEW_PASSWORD, "is registered already"),
        (&["create", OWN], "short\n", "must have between 8 and 128 characters"),
        (&["create", OWN], "password123\n", "is one of the most common passwords"),
        (&["create", OWN], "", "must have between 8 and 128 characters"),
        (&["password", ADMIN_EMAIL], &"x".repeat(10_000), "must have between"),
    ] {
        let line = refused(folder, args, input);
        assert!(line.starts_with("seatwire: ") && line.contains(told), "{args:?}: {line}");
    }
    let ended = admin(folder, &["password", ADMIN_EMAIL, "hunter22"], "");
    assert_eq!(ended.exit_code, Some(2));
    assert!(ended.stderr.contains("nothing else") && !ended.stderr.contains("hunter22"));
    login(&world.nobody, ADMIN_EMAIL, PASSWORD).ok(200);
    // Without a database, a query creates none.
    let empty = tempfile::tempdir().unwrap();
    let ended = admin(empty.path(), &["list"], "");
    assert_eq!(ended.exit_code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("there is no database at"), "{}", ended.stderr);
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0);
}

/// The usual way of a new installation: the administrator first, then the first start.
#[test]
fn an_administrator_can_be_made_before_the_first_start() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["create", OWN], NEW_PASSWORD);
    let server = production(folder.path()).run();
    let session = login(&Api::new(server.url()), OWN, NEW_PASSWORD).ok(200);
    assert_eq!(session["user"]["role"], "ADMIN");
}

#[test]
fn check_config_tells_of_a_missing_administrator_as_a_start_does() {
    let folder = tempfile::tempdir().unwrap();
    let launch = production(folder.path());
    let checked = || launch.clone().arg("check-config").ended();
    let missing = || {
        let (ended, started) = (checked(), launch.ended());
        assert_eq!((ended.exit_code, started.exit_code), (Some(2), Some(2)), "{}", ended.stderr);
        assert!(ended.stdout.contains("admin_email = none "), "{}", ended.stdout);
        assert!(!ended.stdout.contains("demo admin"), "{}", ended.stdout);
        let told = "seatwire: there is no administrator who can log in; make one with";
        assert!(ended.stderr.starts_with(told), "{}", ended.stderr);
        assert!(started.stderr.contains(&ended.stderr), "{}", started.stderr);
    };
    assert_eq!(checked().exit_code, Some(2));
    assert!(!folder.path().join("s.db").exists(), "it only looks");
    missing();
    done(folder.path(), &["create", OWN], NEW_PASSWORD);
    let ended = checked();
    assert_eq!((ended.exit_code, ended.stderr.as_str()), (Some(0), ""));
    // The last one cannot be disabled, except by writing into the file.
    let tool = rusqlite::Connection::open(folder.path().join("s.db")).unwrap();
    tool.execute("UPDATE users SET disabled_at = 1", []).unwrap();
    drop(tool);
    missing();
    let named = launch
        .clone()
        .setting("ADMIN_EMAIL", ADMIN_EMAIL)
        .setting("ADMIN_PASSWORD", NEW_PASSWORD)
        .arg("check-config")
        .ended();
    assert_eq!(named.exit_code, Some(0), "{}", named.stderr);
    // In development the demo creates one.
    let ended = Launch::bare(folder.path()).arg("check-config").ended();
    assert!(ended.stdout.contains("admin_email = none; the demo data brings a demo admin"));
    assert_eq!(ended.exit_code, Some(0), "{}", ended.stderr);
}

#[test]
fn a_changed_administrators_password_in_the_settings_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::own(folder.path());
    let told = "SEATWIRE_ADMIN_PASSWORD is not the password of admin@test.example";
    for _ in 0..2 {
        let ended = launch.run().terminate();
        assert!(!ended.stderr.contains("SEATWIRE_ADMIN_PASSWORD"), "{}", ended.stderr);
    }
    let server = launch.clone().setting("ADMIN_PASSWORD", NEW_PASSWORD).run();
    let api = Api::new(server.url());
    log_in(&api, ADMIN_EMAIL);
    login(&api, ADMIN_EMAIL, NEW_PASSWORD).problem(401, "unauthorized");
    let ended = server.terminate();
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    assert!(!ended.stderr.contains(NEW_PASSWORD) && !ended.stderr.contains(PASSWORD));
    // The message says what to do, and that works.
    done(folder.path(), &["password", ADMIN_EMAIL], NEW_PASSWORD);
    let ended = launch.setting("ADMIN_PASSWORD", NEW_PASSWORD).run().terminate();
    assert!(!ended.stderr.contains("SEATWIRE_ADMIN_PASSWORD"), "{}", ended.stderr);
}

#[test]
fn an_address_of_the_settings_that_is_no_administrator_does_not_count_as_one() {
    let world = World::new();
    let World { server, folder, .. } = world;
    assert_eq!(server.terminate().exit_code, Some(0));
    done(folder.path(), &["create", OWN], NEW_PASSWORD);
    done(folder.path(), &["disable", ADMIN_EMAIL], "");
    let launch = production(folder.path())
        .setting("ADMIN_EMAIL", "owner@test.example")
        .setting("ADMIN_PASSWORD", PASSWORD);
    let ended = launch.run().terminate();
    assert!(ended.stderr.contains("was there already and is no administrator"), "{}", ended.stderr);
    let raw = "UPDATE users SET disabled_at = 1 WHERE role = 'ADMIN'";
    let tool = rusqlite::Connection::open(folder.path().join("s.db")).unwrap();
    tool.execute(raw, []).unwrap();
    drop(tool);
    let ended = launch.ended();
    assert_eq!(ended.exit_code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("there is no administrator who can log in"), "{}", ended.stderr);
}

#[test]
fn the_mock_provider_is_named_in_the_answer_of_a_payment() {
    let world = World::with(|launch| {
        launch
            .setting("MODE", "production")
            .setting("JWT_SECRET", "c81f94e0b7a25d3687f1c2be09a4d653")
            .setting("ALLOW_MOCK_PAYMENTS", "true")
    });
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let paid = pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
    assert_eq!(paid["payment"]["provider"], "mock", "{paid}");
    assert!(world.server.log().contains("payments go to the mock provider"));
}

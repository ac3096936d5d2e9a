//! `seatwire migrate`, `admin` and `doctor` on PostgreSQL.

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::postgres::Database;
use crate::support::running_server::{Ended, Launch};
use crate::support::world::{ADMIN_EMAIL, PASSWORD};

fn asked(launch: &Launch, args: &[&str]) -> Ended {
    args.iter().fold(launch.clone(), |launch, arg| launch.arg(arg)).ended()
}

#[track_caller]
fn done(ended: &Ended) -> &str {
    assert_eq!(ended.exit_code, Some(0), "{} {}", ended.stdout, ended.stderr);
    &ended.stdout
}

#[test]
fn tables_are_made_and_accounts_are_changed_beside_a_server_and_without_one() {
    let database = Database::new();
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::own(folder.path())
        .setting("DATABASE", &database.url)
        .setting("JWT_SECRET", "c81f94e0b7a25d3687f1c2be09a4d653");
    assert!(done(&asked(&launch, &["migrate"])).contains("migrations were applied"));
    assert!(done(&asked(&launch, &["migrate"])).ends_with("is up to date.\n"));
    let typed = launch.clone().input(&format!("{PASSWORD}\n"));
    let made = asked(&typed, &["admin", "create", "second@test.example"]);
    assert!(done(&made).contains("second@test.example is an administrator now."));
    let server = launch.run();
    let nobody = Api::new(server.url());
    let log_in = |email: &str, password: &str| {
        nobody.post("/auth/login", &json!({"email": email, "password": password}))
    };
    let session = log_in("second@test.example", PASSWORD).ok(200);
    let second = nobody.with_token(session["token"].as_str().unwrap());
    second.get("/users").ok(200);
    let listed = asked(&launch, &["admin", "list"]);
    for email in [ADMIN_EMAIL, "second@test.example"] {
        assert!(done(&listed).contains(email), "{}", listed.stdout);
    }
    done(&asked(&launch, &["admin", "disable", "second@test.example"]));
    second.get("/users").problem(401, "unauthorized");
    done(&asked(&launch, &["admin", "enable", "second@test.example"]));
    let typed = launch.clone().input("battery staple 9\n");
    done(&asked(&typed, &["admin", "password", "second@test.example"]));
    log_in("second@test.example", PASSWORD).problem(401, "unauthorized");
    log_in("second@test.example", "battery staple 9").ok(200);
    let refused = asked(&launch, &["backup", "--to", "b.db"]);
    assert_eq!(refused.exit_code, Some(2));
    assert!(refused.stderr.contains("pg_dump"), "{}", refused.stderr);
}

#[test]
fn the_doctor_looks_at_the_database_and_finds_what_makes_it_unsafe() {
    let database = Database::new();
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::own(folder.path())
        .setting("DATABASE", &database.url)
        .setting("JWT_SECRET", "c81f94e0b7a25d3687f1c2be09a4d653");
    let of_database = || -> Vec<(String, String)> {
        let findings = asked(&launch, &["doctor", "--json"]).stdout;
        let findings: Vec<Value> = serde_json::from_str(&findings).expect("findings");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        findings
            .iter()
            .filter(|it| it["topic"] == "database" || it["topic"] == "clock")
            .map(|it| (text(&it["verdict"]), text(&it["what"])))
            .collect()
    };
    let has = |verdict: &str, part: &str| {
        let found = of_database();
        let is_there = found.iter().any(|(is, what)| is == verdict && what.contains(part));
        assert!(is_there, "{verdict}: {part} in {found:?}");
    };
    has("note", "it has no tables yet");
    has("ok", "ahead of ours");
    has("ok", "connections are open");
    has("ok", "synchronous_commit is on");
    done(&asked(&launch, &["migrate"]));
    has("ok", "; version ");
    let name = database.url.rsplit('/').next().unwrap();
    database.run(&format!("ALTER DATABASE {name} SET synchronous_commit = off"));
    has("change", "synchronous_commit is off");
}

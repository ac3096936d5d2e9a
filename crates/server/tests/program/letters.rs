//! Letters: one verifies an address, one brings a new password after a forgotten one.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::support::api::Api;
use crate::support::figures::figure;
use crate::support::mail_server::{MailServer, Received};
use crate::support::running_server::Launch;
use crate::support::waiting::wait_for;
use crate::support::world::{PASSWORD, World, registration, text_at};

const OWNER: &str = "owner@test.example";
const NEW_PASSWORD: &str = "battery staple 9";

fn with_mail(launch: Launch, way: &str) -> Launch {
    launch.setting("MAIL", way).setting("MAIL_FROM", "Firma <tickets@firma.example>")
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

fn forgot(nobody: &Api, email: &str) -> serde_json::Value {
    nobody.post("/auth/forgot", &json!({"email": email})).ok(202)
}

/// Reads letters until one for this address, which is the last of them.
fn until(mail: &MailServer, to: &str, letters: &mut Vec<Received>) -> String {
    loop {
        let letter = mail.next();
        let is_it = letter.to == to;
        let text = letter.text.clone();
        letters.push(letter);
        if is_it {
            return text;
        }
    }
}

fn word<'a>(text: &'a str, beginning: &str) -> &'a str {
    text.split_whitespace().find(|word| word.starts_with(beginning)).expect("the word")
}

#[test]
fn a_forgotten_password_is_chosen_anew_by_letter_once_the_address_is_verified() {
    // The mail server refuses the first for now, and it is sent again.
    let mail = MailServer::start(listener(), 2);
    let world = World::with(|launch| with_mail(launch, &format!("smtp://127.0.0.1:{}", mail.port)));
    let mut letters = Vec::new();
    let told = forgot(&world.nobody, OWNER);
    assert_eq!(forgot(&world.nobody, "unknown@test.example"), told, "the same for everybody");
    let verify = until(&mail, OWNER, &mut letters);
    let verify = json!({"token": word(&verify, "verify-")});
    let reset = json!({"token": verify["token"], "newPassword": NEW_PASSWORD});
    world.nobody.post("/auth/reset", &reset).problem(400, "validation_failed");
    assert_eq!(world.nobody.post("/auth/verify", &verify).status, 204);
    world.nobody.post("/auth/verify", &verify).problem(400, "validation_failed");
    // Verified: no further letter can be requested.
    let asked = world.owner.call("POST", "/auth/verification");
    assert_eq!(asked.status, 202);

    assert_eq!(forgot(&world.nobody, OWNER), told);
    let reset = until(&mail, OWNER, &mut letters);
    let mut reset = json!({"token": word(&reset, "reset-"), "newPassword": "password1"});
    world.nobody.post("/auth/reset", &reset).problem(400, "validation_failed");
    reset["newPassword"] = json!(NEW_PASSWORD);
    assert_eq!(world.nobody.post("/auth/reset", &reset).status, 204);
    world.nobody.post("/auth/reset", &reset).problem(400, "validation_failed");
    world.owner.get("/auth/me").problem(401, "unauthorized");
    let login = |password: &str| {
        world.nobody.post("/auth/login", &json!({"email": OWNER, "password": password}))
    };
    login(PASSWORD).problem(401, "unauthorized");
    login(NEW_PASSWORD).ok(200);

    // Before that came one verification for each account that registered, and no letter twice.
    let new = registration("last@test.example", ["Son", "Kişi"]);
    world.nobody.post("/auth/register", &new).ok(201);
    until(&mail, "last@test.example", &mut letters);
    // The letter that was refused at first.
    while !letters.iter().any(|letter| letter.to == "agent@test.example") {
        letters.push(mail.next());
    }
    let ids: BTreeSet<_> = letters.iter().map(|letter| letter.message_id.as_str()).collect();
    assert_eq!(ids.len(), letters.len(), "{letters:?}");
    let resets: Vec<_> = letters.iter().filter(|it| it.text.contains("reset-")).collect();
    assert!(resets.len() == 1 && resets[0].to == OWNER, "{resets:?}");
    let mut to: Vec<_> = letters.iter().map(|letter| letter.to.as_str()).collect();
    to.sort_unstable();
    let registered =
        ["agent@test.example", "last@test.example", OWNER, OWNER, "stranger@test.example"];
    assert_eq!(to, registered);
}

/// Accounts that are made and erased again under one address; each wait is twice the one before.
const ACCOUNTS_MAX: usize = 16;

#[test]
fn a_mailbox_cannot_be_filled_by_making_and_erasing_accounts() {
    let mail = MailServer::start(listener(), 0);
    let world = World::with(|launch| with_mail(launch, &format!("smtp://127.0.0.1:{}", mail.port)));
    let new = registration("victim@test.example", ["Baş", "Kası"]);
    let mut made = 0;
    let refused = loop {
        assert!(made < ACCOUNTS_MAX, "never refused");
        let registered = world.nobody.post("/auth/register", &new);
        if registered.status != 201 {
            break registered;
        }
        made += 1;
        let session = registered.ok(201);
        let account = Api::new(world.server.url()).with_token(text_at(&session, "token"));
        account.post("/auth/me/erasure", &json!({"password": PASSWORD})).ok(200);
    };
    refused.problem(429, "rate_limited");
    assert!(refused.header("retry-after").is_some() && made > 3, "{made}");
    // Others register as before.
    let other = registration("other@test.example", ["Öteki", "Kişi"]);
    world.nobody.post("/auth/register", &other).ok(201);
}

#[test]
fn a_letter_that_cannot_be_sent_is_sent_by_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = listener().local_addr().expect("an address").port();
    let launch = with_mail(Launch::own(folder.path()), &format!("smtp://127.0.0.1:{port}"));
    let server = launch.run();
    let form = registration("new@test.example", ["Yeni", "Kişi"]);
    Api::new(server.url()).post("/auth/register", &form).ok(201);
    assert_eq!(server.terminate().exit_code, Some(0));
    let mail = MailServer::start(TcpListener::bind(("127.0.0.1", port)).expect("the port"), 0);
    let server = launch.run();
    let letter = mail.next();
    assert_eq!(letter.to, "new@test.example");
    let verify = json!({"token": letter.word("verify-")});
    assert_eq!(Api::new(server.url()).post("/auth/verify", &verify).status, 204);
}

#[test]
fn letters_go_into_a_folder_to_try_it_and_nowhere_without_the_setting() {
    let world = World::with(|launch| with_mail(launch, "file://letters"));
    let folder = world.folder.path().join("letters");
    let session = world.nobody.post("/auth/login", &json!({"email": OWNER, "password": PASSWORD}));
    let is_mine = |text: &String| text.starts_with(&format!("To: {OWNER}\n"));
    let mut letter = String::new();
    wait_for("the letter in the folder", || {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for file in files.filter(|file| file.path().extension().is_some()) {
            let mode = file.metadata().expect("of a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "for its owner alone");
            let text = std::fs::read_to_string(file.path()).expect("text");
            if is_mine(&text) {
                letter = text;
            }
        }
        !letter.is_empty()
    });
    let verify = json!({"token": word(&letter, "verify-")});
    assert_eq!(world.nobody.post("/auth/verify", &verify).status, 204);

    let without = World::new();
    let form = json!({"email": OWNER});
    without.nobody.post("/auth/forgot", &form).problem(404, "no_mail");
    let token = text_at(&session.ok(200), "token").to_owned();
    world.nobody.with_token(&token).get("/auth/me").ok(200);
}

/// The value of a metric.
#[test]
fn letters_that_wait_and_letters_that_went_are_counted() {
    let port = listener().local_addr().expect("an address").port();
    let world = World::with(|launch| with_mail(launch, &format!("smtp://127.0.0.1:{port}")));
    // One for each account that registered; an administrator created all but two.
    let waiting = figure(&world.admin, "seatwire_letters_waiting");
    assert!(waiting >= 2.0, "{waiting}");
    assert!(figure(&world.admin, "seatwire_letters_oldest_age_seconds") > 0.0);
    let outcome = |outcome: &str| format!(r#"seatwire_letters_total{{outcome="{outcome}"}}"#);
    wait_for("they are tried in vain", || figure(&world.admin, &outcome("put_off")) >= waiting);
    assert_eq!(figure(&world.admin, &outcome("sent")), 0.0);
    let mail = MailServer::start(TcpListener::bind(("127.0.0.1", port)).expect("the port"), 0);
    mail.next();
    wait_for("they are sent", || figure(&world.admin, "seatwire_letters_waiting") == 0.0);
    assert_eq!(figure(&world.admin, &outcome("sent")), waiting);
    assert_eq!(figure(&world.admin, "seatwire_letters_oldest_age_seconds"), 0.0);
}

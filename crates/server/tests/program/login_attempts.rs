//! Guessing passwords: every wrong one makes the next attempt wait longer, for the caller that
//! guesses.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::support::raw_connection::RawConnection;
use crate::support::waiting::wait_for;
use crate::support::world::{PASSWORD, World, text_at};

/// More than people mistype.
const GUESSES_MAX: u32 = 30;

/// Each is twice as long as the one before, from a second on.
const WAITS_UP_TO_A_MINUTE: u32 = 7;

/// Status, `Retry-After` and body of a request from an address of its own.
fn sent(
    world: &World,
    from: u8,
    (method, path, token): (&str, &str, &str),
    body: &Value,
) -> (u16, Option<u16>, Value) {
    let address = Ipv4Addr::new(127, 0, 0, from);
    let mut connection = RawConnection::open_from(address, world.server.port);
    let body = body.to_string();
    connection.send(format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ));
    answer(&mut connection)
}

fn answer(connection: &mut RawConnection) -> (u16, Option<u16>, Value) {
    let head = connection.head().to_lowercase();
    let field = |name: &str| Some(head.split(name).nth(1)?.lines().next()?.trim().to_owned());
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = field("content-length: ").unwrap().parse().unwrap();
    let mut body: Value = serde_json::from_slice(&connection.take(length).unwrap()).unwrap();
    body["requestId"] = Value::Null;
    (status, field("retry-after: ").map(|seconds| seconds.parse().unwrap()), body)
}

fn log_in(world: &World, from: u8, email: &str, password: &str) -> (u16, Option<u16>, Value) {
    answer(&mut asked_to_log_in(world, from, email, password))
}

fn asked_to_log_in(world: &World, from: u8, email: &str, password: &str) -> RawConnection {
    let address = Ipv4Addr::new(127, 0, 0, from);
    let mut connection = RawConnection::open_from(address, world.server.port);
    let body = json!({"email": email, "password": password}).to_string();
    connection.send(format!(
        "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ));
    connection
}

/// Guesses until it has to wait; returns how often it could.
fn guesses(world: &World, from: u8, email: &str) -> (u32, Value) {
    for wrong in 0..GUESSES_MAX {
        match log_in(world, from, email, &format!("wrong horse {wrong}")) {
            (401, None, _) => {}
            (429, Some(1..), body) => return (wrong, body),
            other => panic!("{other:?}"),
        }
    }
    panic!("guessing costs nothing");
}

#[test]
fn whoever_guesses_waits_and_nobody_else() {
    let world = World::new();
    let (tried, told) = guesses(&world, 2, "owner@test.example");
    assert_eq!(told["code"], "too_many_wrong_passwords");
    let metrics = world.admin.get("/metrics");
    let counted = r#"seatwire_rate_limited_total{class="wrong_password"} 1"#;
    assert!(metrics.text().lines().any(|line| line == counted), "{}", metrics.text());
    // Even the right password is not checked: otherwise the answer would reveal that it is right.
    let owner = |from| log_in(&world, from, "owner@test.example", PASSWORD).0;
    assert_eq!(owner(2), 429);
    assert_eq!(owner(3), 200, "the owner is elsewhere");
    assert_eq!(log_in(&world, 2, "stranger@test.example", PASSWORD).0, 200);
    // No answer reveals which addresses have an account.
    let unknown = guesses(&world, 4, "nobody@test.example");
    assert_eq!(unknown, (tried, told));
    assert_eq!(log_in(&world, 3, "OWNER@test.example ", PASSWORD).0, 200);
}

/// Many networks guess at one account; its owner never waits on a known network.
#[test]
fn the_owner_is_not_locked_out_by_many() {
    let world = World::new();
    let owner = |from| log_in(&world, from, "owner@test.example", PASSWORD);
    assert_eq!(owner(200).0, 200);
    let (mut waits, mut checked_again) = (0, 0);
    for from in 2..60 {
        match log_in(&world, from, "owner@test.example", "wrong horse") {
            (401, None, _) if waits == 0 => {}
            // On a busy machine a wait is over before the next one tries.
            (401, None, _) => checked_again += 1,
            (429, Some(wait), _) => {
                assert!(wait <= 60, "{wait}");
                waits += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(waits > 20 && checked_again < WAITS_UP_TO_A_MINUTE, "{waits} {checked_again}");
    assert_eq!(owner(200).0, 200);
    // From a new place right after a guess, for a minute at most.
    let waited = (201..=250).find_map(|from| {
        log_in(&world, from, "owner@test.example", "wrong horse");
        let (status, wait, _) = owner(from);
        (status == 429).then_some(wait)
    });
    assert!(waited.flatten().is_some_and(|wait| wait <= 60), "{waited:?}");
    assert_eq!(log_in(&world, 2, "stranger@test.example", PASSWORD).0, 200);
}

/// A phone that loses its network during a login, again and again: it got no answer, so nothing
/// counts.
#[test]
fn whoever_hangs_up_has_guessed_nothing() {
    let world = World::new();
    let owner = "owner@test.example";
    assert_eq!(log_in(&world, 8, owner, PASSWORD).0, 200);
    let open = world.server.open_files();
    let asked: Vec<_> =
        (0..GUESSES_MAX).map(|_| asked_to_log_in(&world, 7, owner, PASSWORD)).collect();
    drop(asked);
    wait_for("the server to notice", || world.server.open_files() <= open);
    assert_eq!(log_in(&world, 7, owner, PASSWORD).0, 200);
}

#[test]
fn the_old_password_is_not_guessed_with_a_stolen_token() {
    let world = World::new();
    let token = world.owner.token.clone().unwrap();
    let change = |old: &str| {
        let body = json!({"oldPassword": old, "newPassword": "battery staple 9"});
        sent(&world, 2, ("PATCH", "/auth/password", &token), &body)
    };
    let mut tried = 0;
    let told = loop {
        match change(&format!("wrong horse {tried}")) {
            (400, None, _) => tried += 1,
            (429, Some(_), body) => break body,
            other => panic!("{other:?}"),
        }
        assert!(tried < GUESSES_MAX, "guessing costs nothing");
    };
    assert_eq!(text_at(&told, "code"), "too_many_wrong_passwords");
    assert_eq!(change(PASSWORD).0, 429);
    let elsewhere = json!({"oldPassword": PASSWORD, "newPassword": "battery staple 9"});
    world.owner.patch("/auth/password", &elsewhere).ok(200);
}

#[test]
fn a_common_password_is_refused_wherever_one_is_chosen() {
    let world = World::new();
    for common in ["password1", "QWERTYUIOP", "galatasaray1905", "Yeni2024", "11111111"] {
        let form = json!({
            "email": "yeni@test.example", "password": common, "firstName": "Yeni", "lastName": "Kişi",
        });
        let answer = world.nobody.post("/auth/register", &form);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), ["/password"], "{common}");
        assert!(!answer.text().contains(common));
    }
    let form = json!({"oldPassword": PASSWORD, "newPassword": "iloveyou1"});
    let answer = world.owner.patch("/auth/password", &form);
    answer.problem(400, "validation_failed");
    assert_eq!(answer.pointers(), ["/newPassword"]);
    let form = json!({"oldPassword": PASSWORD, "newPassword": "owner-2024"});
    assert_eq!(world.owner.patch("/auth/password", &form).pointers(), ["/newPassword"]);
}

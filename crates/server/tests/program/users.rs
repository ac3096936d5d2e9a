//! Accounts as administrators see and change them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::audit::{rows, told};
use crate::bad_values::NOWHERE;
use crate::permissions::everybody;
use crate::support::api::Api;
use crate::support::raw_connection::RawConnection;
use crate::support::world::{PASSWORD, World, id, log_in, registration};

fn me(of: &Api) -> Value {
    of.get("/auth/me").ok(200)
}

fn path(of: &Api) -> String {
    format!("/users/{}", id(&me(of)))
}

/// The e-mail addresses of a list, up to the @.
#[track_caller]
fn names(world: &World, query: &str) -> Vec<String> {
    let list = world.admin.get(&format!("/users{query}")).ok(200);
    let emails = list.as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap());
    emails.map(|email| email.split('@').next().unwrap().to_owned()).collect()
}

#[test]
fn administrators_see_and_change_accounts_and_nobody_else() {
    let world = World::new();
    let stranger = path(&world.stranger);
    let asked: [(&str, &str, Option<Value>); 4] = [
        ("GET", "/users", None),
        ("GET", &stranger, None),
        ("PATCH", &stranger, Some(json!({"disabled": false}))),
        ("DELETE", &stranger, None),
    ];
    for (method, path, body) in asked {
        let body = body.map(|body| body.to_string());
        let body = body.as_deref().map(str::as_bytes);
        for ((who, by), status) in everybody(&world).into_iter().zip([
            401,
            403,
            403,
            403,
            if method == "DELETE" { 204 } else { 200 },
        ]) {
            let answer = by.send(method, path, &[], body);
            assert_eq!(answer.status, status, "{method} {path} by {who}: {}", answer.text());
        }
    }
    for (method, body) in [("GET", None), ("PATCH", Some(&b"{}"[..])), ("DELETE", None)] {
        let answer = world.admin.send(method, &format!("/users/{NOWHERE}"), &[], body);
        answer.problem(404, "user_not_found");
    }
    for (body, pointer) in [
        (json!({"role": "OWNER"}), "/role"),
        (json!({"role": null}), "/role"),
        (json!({"disabled": "yes"}), "/disabled"),
        (json!({"email": "a@b.cd"}), "/email"),
    ] {
        let answer = world.admin.patch(&path(&world.agent), &body);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [pointer]);
    }
}

#[test]
fn a_list_is_narrowed_and_told_to_the_audit() {
    let world = World::new();
    assert_eq!(names(&world, ""), ["admin", "agent", "owner", "stranger"]);
    assert_eq!(names(&world, "?role=CUSTOMER"), ["owner", "stranger"]);
    for (q, expected) in [("AYSE", "owner"), ("%C3%96z", "stranger"), ("agent@", "agent")] {
        assert_eq!(names(&world, &format!("?q={q}")), [expected], "{q}");
    }
    assert_eq!(names(&world, "?q=Ay%C5%9Fe%20Y&role=AGENT"), [] as [&str; 0]);
    world.admin.patch(&path(&world.owner), &json!({"disabled": true})).ok(200);
    assert_eq!(names(&world, "?disabled=true"), ["owner"]);
    assert_eq!(names(&world, "?disabled=false"), ["admin", "agent", "stranger"]);
    let answer = world.admin.get("/users?limit=1&page=2");
    assert_eq!(answer.ok(200)[0]["email"], "agent@test.example");
    assert_eq!(answer.header("x-total-count"), Some("4"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    for (query, pointer) in [
        ("q=%20", "/q"),
        ("role=OWNER", "/role"),
        ("disabled=maybe", "/disabled"),
        ("email=a", "/email"),
    ] {
        let answer = world.admin.get(&format!("/users?{query}"));
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
    // The newest row is about the list that named one other account.
    let newest = rows(&world, "").remove(0);
    assert_eq!(told(std::slice::from_ref(&newest)), ["USER read"]);
    assert_eq!(newest["subject"]["id"], me(&world.agent)["id"]);
    world.admin.get("/users?role=CUSTOMER").ok(200);
    let newest = rows(&world, "").remove(0);
    assert_eq!(told(std::slice::from_ref(&newest)), ["USERS read"]);
    assert_eq!(newest["after"]["users"].as_array().map(Vec::len), Some(2));
    // Reading one's own account adds no row.
    let before = rows(&world, "").len();
    world.admin.get(&path(&world.admin)).ok(200);
    assert_eq!(rows(&world, "").len(), before);
}

/// Longer than the body may take before its sender is looked up again.
const HELD_BACK: Duration = Duration::from_millis(150);

#[test]
fn a_request_whose_body_was_held_back_has_no_rights_of_before() {
    for dismissed in [json!({"disabled": true}), json!({"role": "CUSTOMER"})] {
        let world = World::new();
        let blocks = format!("/routes/{}/blocks", id(&world.some_route()));
        let body = json!({"seatNumbers": [1], "reason": "Broken belt"}).to_string();
        let (token, length) = (world.agent.token.as_deref().unwrap(), body.len());
        let mut held = RawConnection::open(world.server.port);
        held.send(format!(
            "POST {blocks} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\
             Expect: 100-continue\r\n\r\n"
        ));
        // It is read now, so its sender is known.
        assert!(held.head().starts_with("HTTP/1.1 100 "));
        world.admin.patch(&path(&world.agent), &dismissed).ok(200);
        std::thread::sleep(HELD_BACK);
        held.send(&body);
        let head = held.head();
        assert!(head.starts_with("HTTP/1.1 401 "), "{dismissed}: {head}");
        assert_eq!(world.admin.get(&blocks).ok(200), json!([]));
    }
}

#[test]
fn a_role_and_a_disabled_account_count_at_once() {
    let world = World::new();
    let agent = path(&world.agent);
    let answer = world.admin.patch(&agent, &json!({"role": "ADMIN"}));
    assert_eq!(answer.ok(200)["role"], "ADMIN");
    assert!(answer.ok(200)["disabledAt"].is_null());
    world.agent.get("/users").ok(200);
    let tag = answer.header("etag").unwrap().to_owned();
    let shown = world.admin.get(&agent);
    assert_eq!((shown.ok(200), shown.header("etag")), (answer.ok(200), Some(tag.as_str())));
    let both = json!({"role": "AGENT", "disabled": true});
    let answer = world.admin.patch(&agent, &both);
    assert!(answer.ok(200)["disabledAt"].is_string());
    world.agent.get("/auth/me").problem(401, "unauthorized");
    let form = json!({"email": "agent@test.example", "password": PASSWORD});
    world.nobody.post("/auth/login", &form).problem(403, "account_disabled");
    let enable = json!({"disabled": false}).to_string();
    let sent = |tag: &str| {
        world.admin.send("PATCH", &agent, &[("if-match", tag)], Some(enable.as_bytes()))
    };
    sent(&tag).problem(412, "precondition_failed");
    world.agent.get("/auth/me").problem(401, "unauthorized");
    sent(answer.header("etag").unwrap()).ok(200);
    assert_eq!(me(&world.agent)["role"], "AGENT", "the same token is good again");
    let all = rows(&world, "");
    let changes: Vec<_> = told(&all).into_iter().filter(|row| row.starts_with("USER ")).collect();
    assert_eq!(changes[..4], ["USER enabled", "USER disabled", "USER read", "USER changed"]);
}

#[test]
fn a_key_makes_a_deletion_act_once() {
    let world = World::new();
    let owner = path(&world.owner);
    let sent = || world.admin.send("DELETE", &owner, &[("idempotency-key", "k")], None);
    assert_eq!((sent().status, sent().status), (204, 204));
    world.admin.call("DELETE", &owner).problem(404, "user_not_found");
}

#[test]
fn an_administrator_is_always_left() {
    let world = World::new();
    let admin = path(&world.admin);
    for body in [json!({"disabled": true}), json!({"role": "AGENT"})] {
        world.admin.patch(&admin, &body).problem(409, "last_administrator");
    }
    world.admin.call("DELETE", &admin).problem(409, "last_administrator");
    world.admin.patch(&path(&world.agent), &json!({"role": "ADMIN"})).ok(200);
    assert_eq!(world.admin.call("DELETE", &admin).status, 204);
    world.admin.get("/auth/me").problem(401, "unauthorized");
    world
        .agent
        .patch(&path(&world.agent), &json!({"disabled": true}))
        .problem(409, "last_administrator");
}

#[test]
fn a_deleted_account_is_over_and_its_tickets_are_not() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let before = me(&world.owner);
    let owner = path(&world.owner);
    let answer = world.admin.send("DELETE", &owner, &[("prefer", "return=representation")], None);
    assert_eq!(answer.ok(200)["email"], "owner@test.example");
    world.owner.get("/auth/me").problem(401, "unauthorized");
    world.owner.post("/auth/logout", &json!({})).problem(401, "unauthorized");
    let form = json!({"email": "owner@test.example", "password": PASSWORD});
    world.nobody.post("/auth/login", &form).problem(401, "unauthorized");
    world.admin.get(&owner).problem(404, "user_not_found");
    assert_eq!(names(&world, "?q=Ay%C5%9Fe"), [] as [&str; 0]);
    // Staff still see whose ticket it is, and a guest's pair opens it.
    let shown = world.agent.get(&format!("/tickets/{}", id(&ticket))).ok(200);
    assert_eq!((&shown["status"], &shown["userId"]), (&json!("RESERVED"), &before["id"]));
    assert_eq!(shown["user"]["firstName"], "Ayşe");
    assert!(!shown["user"].to_string().contains("owner@"));
    let pair = json!({"pnrNumber": ticket["pnrNumber"], "phone": "05321234567"});
    world.nobody.patch(&format!("/tickets/{}/cancel", id(&ticket)), &pair).ok(200);
    // The address is free for a new account.
    let form = registration("owner@test.example", ["Yeni", "Kişi"]);
    let next = world.nobody.post("/auth/register", &form).ok(201);
    assert_ne!(next["user"]["id"], before["id"]);
    let next = log_in(&world.nobody, "owner@test.example");
    next.get(&format!("/tickets/{}", id(&ticket))).problem(403, "not_yours");
}

//! Tokens that end before their time: by a logout, a new password, or an administrator; for REST
//! and for open sockets.

use serde_json::{Value, json};

use crate::privileges_end::{plain, production, shows_code, socket_io};
use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::raw_connection::RawConnection;
use crate::support::websocket_frame::goodbye;
use crate::support::world::{PASSWORD, World, id, log_in, text_at};

const AGENT: &str = "agent@test.example";
const NEW_PASSWORD: &str = "battery staple 9";

fn logs_out(who: &Api, query: &str) {
    assert_eq!(who.call("POST", &format!("/auth/logout{query}")).status, 204);
}

fn path(of: &Api) -> String {
    format!("/users/{}", id(&of.get("/auth/me").ok(200)))
}

#[test]
fn a_logout_ends_one_token_or_all() {
    let world = World::new();
    let [one, other] = [(); 2].map(|()| log_in(&world.nobody, AGENT));
    logs_out(&one, "");
    one.get("/auth/me").problem(401, "unauthorized");
    one.call("POST", "/auth/logout").problem(401, "unauthorized");
    other.get("/auth/me").ok(200);
    logs_out(&other, "?everywhere=true");
    for token in [&other, &world.agent] {
        token.get("/auth/me").problem(401, "unauthorized");
    }
    log_in(&world.nobody, AGENT).get("/auth/me").ok(200);
    world.owner.get("/auth/me").ok(200);
    world.nobody.call("POST", "/auth/logout").problem(401, "unauthorized");
    let answer = world.owner.call("POST", "/auth/logout?everywhere=yes");
    answer.problem(400, "validation_failed");
    // Recorded in the audit, without the token.
    let rows = world.admin.get("/audit").ok(200);
    let ended = rows.as_array().unwrap().iter().filter(|row| row["action"] == "token_revoked");
    assert_eq!(ended.count(), 2);
}

#[test]
fn an_ended_token_stays_ended_after_a_restart() {
    let world = World::new();
    logs_out(&world.agent, "");
    logs_out(&world.owner, "?everywhere=true");
    let world = world.later(jiff::SignedDuration::ZERO);
    for token in [&world.agent, &world.owner] {
        token.get("/auth/me").problem(401, "unauthorized");
    }
    world.stranger.get("/auth/me").ok(200);
}

#[test]
fn a_new_password_ends_all_tokens_but_the_one_that_asks() {
    let world = World::new();
    let other = log_in(&world.nobody, AGENT);
    let change = |old: &str, new: &str| {
        world.agent.patch("/auth/password", &json!({"oldPassword": old, "newPassword": new}))
    };
    let answer = change("wrong horse", NEW_PASSWORD);
    answer.problem(400, "validation_failed");
    assert_eq!(answer.pointers(), ["/oldPassword"]);
    assert_eq!(change(PASSWORD, "short").pointers(), ["/newPassword"]);
    other.get("/auth/me").ok(200);
    let session = change(PASSWORD, NEW_PASSWORD).ok(200);
    other.get("/auth/me").problem(401, "unauthorized");
    world.agent.get("/auth/me").ok(200);
    let new = world.nobody.with_token(text_at(&session, "token"));
    assert_eq!(new.get("/auth/me").ok(200), session["user"]);
    let log_in = |password: &str| {
        world.nobody.post("/auth/login", &json!({"email": AGENT, "password": password}))
    };
    log_in(PASSWORD).problem(401, "unauthorized");
    let by_password = world.nobody.with_token(text_at(&log_in(NEW_PASSWORD).ok(200), "token"));
    by_password.get("/auth/me").ok(200);
    logs_out(&world.agent, "");
    world.agent.get("/auth/me").problem(401, "unauthorized");
    for token in [&new, &by_password] {
        token.get("/auth/me").ok(200);
    }
    world.nobody.patch("/auth/password", &json!({})).problem(401, "unauthorized");
}

/// How an administrator, or the owner, takes a token's access away.
type End = fn(&World, &Api);

fn ends() -> [(&'static str, End); 5] {
    [
        ("demoted", |world, token| {
            world.admin.patch(&path(token), &json!({"role": "CUSTOMER"})).ok(200);
        }),
        ("disabled", |world, token| {
            world.admin.patch(&path(token), &json!({"disabled": true})).ok(200);
        }),
        ("deleted", |world, token| {
            assert_eq!(world.admin.call("DELETE", &path(token)).status, 204);
        }),
        ("logged out", |_, token| logs_out(token, "")),
        ("new password", |world, _| {
            let form = json!({"oldPassword": PASSWORD, "newPassword": NEW_PASSWORD});
            world.agent.patch("/auth/password", &form).ok(200);
        }),
    ]
}

fn sockets(world: &World, route: &Value, of: &Api) -> (RawConnection, RawConnection) {
    let token = of.token.as_deref().unwrap();
    (plain(world, route, token), socket_io(world, route, token))
}

/// From the very next event on, not within a minute.
#[test]
fn open_sockets_see_no_more_from_then_on() {
    for (how, end) in ends() {
        let world = production("optional");
        let route = world.some_route();
        let token = log_in(&world.nobody, AGENT);
        let (mut plain, mut stock) = sockets(&world, &route, &token);
        let (mut admins, _) = sockets(&world, &route, &world.admin);
        let mut stream = watch(&token, id(&route), None);
        assert_eq!(stream.next().name, "subscribed");
        world.booked(&world.owner, &route, 1);
        assert!(shows_code(&mut plain) && shows_code(&mut stock) && shows_code(&mut admins));
        assert!(stream.seat_update()["pnrNumber"].is_string());
        end(&world, &token);
        world.booked(&world.owner, &route, 2);
        assert!(!shows_code(&mut plain) && !shows_code(&mut stock), "{how}");
        assert!(stream.seat_update()["pnrNumber"].is_null(), "{how}");
        assert!(shows_code(&mut admins), "{how}: others' go on");
    }
}

#[test]
fn where_viewers_must_be_known_open_sockets_end() {
    for (how, end) in ends().into_iter().filter(|(how, _)| *how != "demoted") {
        let world = production("required");
        let route = world.some_route();
        let token = log_in(&world.nobody, AGENT);
        let (mut plain, mut stock) = sockets(&world, &route, &token);
        let mut stream = watch(&token, id(&route), None);
        assert_eq!(stream.next().name, "subscribed");
        let (mut admins, _) = sockets(&world, &route, &world.admin);
        end(&world, &token);
        for connection in [&mut plain, &mut stock] {
            assert_eq!(goodbye(connection).0, 1008, "{how}");
        }
        stream.ends();
        world.booked(&world.owner, &route, 1);
        assert!(shows_code(&mut admins), "{how}: others' stay");
    }
}

//! How often one address and one account may send requests: each class of requests has a budget of
//! its own, a caller that has used it up gets the time to wait, and no other caller is affected.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::clock::now;
use crate::support::raw_connection::RawConnection;
use crate::support::running_server::Launch;
use crate::support::websocket_frame::{handshake, next_text, open, text};
use crate::support::world::{World, booking, id, text_at};

const PATIENCE: Duration = Duration::from_secs(60);

/// Requests from an address of its own.
struct From<'a>(&'a World, u8);

#[derive(Debug)]
struct Told {
    status: u16,
    head: String,
    body: String,
}

impl From<'_> {
    fn send(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Told {
        let Self(world, last) = self;
        let port = world.server.port;
        let mut connection = RawConnection::open_from(Ipv4Addr::new(127, 0, 0, *last), port);
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let body = body.map(Value::to_string).unwrap_or_default();
        connection.send(format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{body}",
            body.len(),
            token.unwrap_or_default()
        ));
        let told = String::from_utf8(connection.rest()).unwrap();
        let (head, body) = told.split_once("\r\n\r\n").unwrap();
        let (head, body) = (head.to_lowercase(), body.to_owned());
        Told { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head, body }
    }

    fn get(&self, path: &str) -> Told {
        self.send("GET", path, None, None)
    }
}

impl Told {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// `RateLimit`: how many requests are left, and the seconds until all are again; the time since
    /// the first request counts.
    #[track_caller]
    fn has_budget(&self, class: &str, left: u64, seconds: u64) {
        let told = self.header("ratelimit").expect("a budget");
        let reset = told.strip_prefix(&format!(r#""{class}";r={left};t="#)).expect(told);
        let reset: u64 = reset.parse().expect("seconds");
        assert!((seconds - PATIENCE.as_secs()..=seconds).contains(&reset), "{told}");
    }

    /// The answer to a caller that has used up a budget.
    #[track_caller]
    fn is_too_often(&self) {
        assert_eq!(self.status, 429, "{self:?}");
        let wait: u32 = self.header("retry-after").expect("when to come back").parse().unwrap();
        assert!(wait >= 1);
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["code"], "rate_limited", "{body}");
    }
}

fn limited(settings: &[(&str, &str)]) -> World {
    World::with(|launch| {
        settings.iter().fold(launch, |launch, (name, value)| launch.setting(name, value))
    })
}

#[test]
fn each_kind_of_request_has_a_budget_of_its_own() {
    let world =
        limited(&[("LIMIT_READ", "3/h"), ("LIMIT_LOGIN", "4/h"), ("LIMIT_REGISTER", "2/h")]);
    let (one, other) = (From(&world, 11), From(&world, 12));
    for left in (0..3).rev() {
        let told = one.get("/stations");
        assert_eq!(told.status, 200);
        assert_eq!(told.header("ratelimit-policy"), Some(r#""read";q=3;w=3600"#));
        told.has_budget("read", left, (3 - left) * 1_200);
    }
    let told = one.get("/buses");
    told.is_too_often();
    told.has_budget("read", 0, 3_600);
    // The operator is never refused, pages are not counted, and other callers are not affected.
    let health = one.get("/health/ready");
    assert_eq!((health.status, health.header("ratelimit")), (200, None));
    assert_eq!(one.get("/").status, 200);
    assert_eq!(other.get("/stations").status, 200);

    let login = json!({"email": "nobody@test.example", "password": "wrong horse"});
    for _ in 0..4 {
        assert_eq!(one.send("POST", "/auth/login", None, Some(&login)).status, 401);
    }
    one.send("POST", "/auth/login", None, Some(&login)).is_too_often();
    let form = json!({"email": "not an address", "password": "x"});
    for _ in 0..2 {
        assert_eq!(one.send("POST", "/auth/register", None, Some(&form)).status, 400);
    }
    one.send("POST", "/auth/register", None, Some(&form)).is_too_often();
}

/// Only a look-up tells a wrong token of a bus from a good one.
#[test]
fn who_tries_tokens_of_buses_is_limited_and_a_device_that_is_known_is_not() {
    let world = limited(&[("LIMIT_READ", "40/h")]);
    let route = world.route(now() + SignedDuration::from_mins(30));
    let path = format!("/tracking/{}/positions", id(&route));
    let body = json!({"lat": 41.0, "lng": 29.0});
    let report =
        |last, token: &str| From(&world, last).send("POST", &path, Some(token), Some(&body));
    let given = world.admin.call("POST", &format!("/buses/{}/token", text_at(&route, "busId")));
    let given = given.ok(201);
    let device = text_at(&given, "token");
    assert_eq!(report(33, device).status, 204);
    for number in 0..40 {
        assert_eq!(report(31, &format!("bus-{number:064x}")).status, 401);
    }
    report(31, &format!("bus-{:064x}", 40)).is_too_often();
    assert_eq!(report(32, &format!("bus-{:064x}", 41)).status, 401, "another address");
    let taken = report(31, device);
    let is_early = taken.body.contains("once a second");
    assert!(taken.status == 204 || is_early, "the same address: {taken:?}");
}

#[test]
fn an_account_pays_from_wherever_it_comes_and_staff_have_ten_times_as_much() {
    let world = limited(&[("LIMIT_BOOK", "2/h"), ("LIMIT_PAY", "1/h")]);
    let route = world.some_route();
    let token = world.owner.token.as_deref();
    for (from, seat) in [(21, 1), (22, 2)] {
        let told = From(&world, from).send("POST", "/tickets", token, Some(&booking(&route, seat)));
        assert_eq!(told.status, 201, "{told:?}");
    }
    From(&world, 23).send("POST", "/tickets", token, Some(&booking(&route, 3))).is_too_often();
    let stranger = world.stranger.token.as_deref();
    let told = From(&world, 24).send("POST", "/tickets", stranger, Some(&booking(&route, 3)));
    assert_eq!(told.status, 201, "another account, another address");
    // Churn is what this is for: a cancellation counts like a booking.
    let staff = world.agent.token.as_deref();
    for seat in 10..30 {
        let told = From(&world, 25).send("POST", "/tickets", staff, Some(&booking(&route, seat)));
        assert_eq!(told.status, 201, "{told:?}");
        assert_eq!(told.header("ratelimit-policy"), Some(r#""book";q=20;w=3600"#));
    }
    From(&world, 25).send("POST", "/tickets", staff, Some(&booking(&route, 30))).is_too_often();
    let nowhere = json!({"ticketId": "0199c0de-0000-7000-8000-000000000001"});
    assert_eq!(From(&world, 26).send("POST", "/payments", token, Some(&nowhere)).status, 400);
    From(&world, 27).send("POST", "/payments", token, Some(&nowhere)).is_too_often();
}

/// A refusal by the rate limit is not the answer to that key.
#[test]
fn a_refusal_is_not_kept_under_a_key() {
    let world = limited(&[("LIMIT_BOOK", "1/h")]);
    let form = booking(&world.some_route(), 1).to_string();
    let headers = [("idempotency-key", "the-same-one")];
    let nowhere = "/tickets/0199c0de-0000-7000-8000-000000000001";
    world.owner.patch(nowhere, &json!({"gender": "MALE"})).problem(404, "ticket_not_found");
    let send = |by: &Api| by.send("POST", "/tickets", &headers, Some(form.as_bytes()));
    send(&world.owner).problem(429, "rate_limited");
    // The same database without that limit.
    let world = world.later(SignedDuration::ZERO);
    let answer = send(&world.owner);
    answer.ok(201);
    assert_eq!(answer.header("idempotent-replayed"), None);
}

#[test]
fn beginnings_of_realtime_connections_are_limited_in_their_own_words() {
    let world = limited(&[("LIMIT_HANDSHAKE", "3/h")]);
    let route = world.some_route();
    let port = world.server.port;
    let session = world.nobody.get("/socket.io/?EIO=4&transport=polling");
    let session: Value = serde_json::from_str(&session.text()[1..]).unwrap();
    let sid = session["sid"].as_str().unwrap();
    let mut plain = open(port, "/seats");
    let events = format!("/routes/{}/events", id(&route));
    drop(world.nobody.stream(&events, &[]));

    let refused = world.nobody.get("/socket.io/?EIO=4&transport=polling");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.json(), json!({"code": 4, "message": "Too many connections"}));
    assert!(refused.header("retry-after").is_some());
    world.nobody.get(&events).problem(429, "rate_limited");
    for path in ["/seats", "/socket.io/?EIO=4&transport=websocket"] {
        let mut late = RawConnection::open(port);
        late.send(handshake(path, ""));
        let head = late.head();
        assert!(head.starts_with("HTTP/1.1 429 "), "{path}: {head}");
    }

    // An open session goes on: its requests are not new sessions.
    for _ in 0..5 {
        let path = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
        let told = world.nobody.send("POST", &path, &[], Some(b"40/seats,"));
        assert_eq!((told.status, told.text()), (200, "ok"));
        assert!(world.nobody.get(&path).text().contains("40/seats,"));
        let leave = world.nobody.send("POST", &path, &[], Some(b"41/seats,"));
        assert_eq!(leave.status, 200);
    }
    plain.send(text("{}"));
    assert!(next_text(&mut plain).contains("invalid_payload"));
}

#[test]
fn an_address_has_so_many_connections_at_a_time() {
    let world = limited(&[("CONNECTIONS_PER_ADDRESS", "4")]);
    let port = world.server.port;
    let from = Ipv4Addr::new(127, 0, 0, 31);
    let viewer = || {
        let start = Instant::now();
        loop {
            let mut viewer = RawConnection::open_from(from, port);
            viewer.send(handshake("/seats", ""));
            // The connection before counts for a moment more, until nothing of HTTP is left of it.
            if viewer.take(1).is_some() {
                assert!(viewer.head().starts_with("TTP/1.1 101 "));
                break viewer;
            }
            assert!(start.elapsed() < PATIENCE, "there is no room");
        }
    };
    let mut viewers: Vec<_> = (0..4).map(|_| viewer()).collect();
    // Viewers count, though nothing of HTTP is left of them.
    let mut one_more = RawConnection::open_from(from, port);
    one_more.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(one_more.take(1), None, "it is hung up on");
    assert_eq!(From(&world, 32).get("/health/live").status, 200, "another address");
    viewers.pop();
    viewers.push(viewer());
}

/// A new server with default settings: what the README tells people to do is far below the limits.
#[test]
fn what_people_do_is_far_below_the_limits() {
    let folder = tempfile::tempdir().unwrap();
    let server = Launch::untouched(folder.path()).run();
    let api = Api::new(server.url());
    for _ in 0..3 {
        let login = json!({"email": "customer@seatwire.example", "password": "customer-demo-1"});
        api.post("/auth/login", &login).ok(200);
    }
    let answer = api.get("/routes/upcoming?days=14&limit=1");
    answer.ok(200);
    assert_eq!(answer.header("ratelimit-policy"), Some(r#""read";q=1200;w=60"#));
}

#[test]
fn without_limits_nobody_is_counted() {
    let world = limited(&[("RATE_LIMIT", "off"), ("LIMIT_READ", "1/h")]);
    for _ in 0..5 {
        let answer = world.nobody.get("/stations");
        answer.ok(200);
        assert_eq!(answer.header("ratelimit"), None);
    }
}

//! `GET /metrics`: for administrators on the port, for any caller on a port of its own; exactly the
//! listed metrics are there.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::figures::{figure, operators, value};
use crate::support::waiting::wait_for;
use crate::support::websocket_frame::open;
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, pay};

const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md"));

fn listed() -> BTreeSet<&'static str> {
    let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    rows.collect()
}

/// An alert compares them with all payments, also where none has ever succeeded.
#[test]
fn payments_that_succeed_are_told_from_the_start() {
    let world = World::new();
    let answer = world.admin.get("/metrics");
    assert_eq!(value(answer.text(), r#"seatwire_payments_total{outcome="paid"}"#), Some(0.0));
}

#[test]
fn what_happens_is_counted_and_all_that_is_listed_is_told() {
    let world = World::with(|launch| launch.setting("LIMIT_LOGIN", "6/h"));
    let route = world.some_route();
    let (_plain, mut stream) =
        (open(world.server.port, "/seats"), watch(&world.owner, id(&route), None));
    assert_eq!(stream.next().name, "subscribed");
    let ticket = world.booked(&world.owner, &route, 1);
    world.stranger.post("/tickets", &booking(&route, 1)).problem(409, "seat_taken");
    pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
    pay(&world.owner, id(&world.booked(&world.owner, &route, 2)), "4111111111111111").ok(200);
    assert_eq!(stream.seat_update()["eventType"], "seat_reserved");
    let wrong = serde_json::json!({"email": "nobody@test.example", "password": "wrong horse"});
    // One of the six was the administrator's own.
    for _ in 0..6 {
        world.nobody.post("/auth/login", &wrong);
    }
    let too_often = world.nobody.post("/auth/login", &wrong);
    assert_eq!(too_often.status, 429);
    for path in ["/no-such-address", "/another"] {
        assert_eq!(world.nobody.get(path).status, 404);
    }

    world.nobody.get("/metrics").problem(401, "unauthorized");
    world.agent.get("/metrics").problem(403, "role_required");
    let answer = world.admin.get("/metrics");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    let told: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert_eq!(told, listed());

    let is = |sample: &str, expected: f64| {
        assert_eq!(value(text, sample), Some(expected), "{sample} in\n{text}");
    };
    let requests = "seatwire_http_requests_total";
    is(&format!(r#"{requests}{{method="POST",route="/tickets",status="201"}}"#), 2.0);
    is(&format!(r#"{requests}{{method="POST",route="/tickets",status="409"}}"#), 1.0);
    is(&format!(r#"{requests}{{method="GET",route="other",status="404"}}"#), 2.0);
    is(r#"seatwire_sales_total{kind="ticket",outcome="done"}"#, 2.0);
    is(r#"seatwire_sales_total{kind="ticket",outcome="seat_taken"}"#, 1.0);
    is(r#"seatwire_payments_total{outcome="paid"}"#, 1.0);
    is(r#"seatwire_payments_total{outcome="INSUFFICIENT_FUNDS"}"#, 1.0);
    is(r#"seatwire_events_total{type="seat_confirmed"}"#, 1.0);
    for (transport, count) in [("websocket", 1.0), ("sse", 1.0), ("socketio", 0.0)] {
        is(&format!(r#"seatwire_connections{{transport="{transport}"}}"#), count);
    }
    is("seatwire_subscriptions", 1.0);
    is(r#"seatwire_holds{kind="reservation"}"#, 1.0);
    is(r#"seatwire_holds{kind="seats"}"#, 0.0);
    is(r#"seatwire_payments_unfinished{state="started"}"#, 0.0);
    is(r#"seatwire_payments_unfinished{state="refunding"}"#, 0.0);
    is("seatwire_payments_oldest_unanswered_age_seconds", 0.0);
    is("seatwire_tls_certificate_expiry_timestamp_seconds", 0.0);
    assert!(value(text, "process_start_time_seconds").unwrap() > 1.7e9);
    assert!(value(text, "process_max_fds").unwrap() > value(text, "process_open_fds").unwrap());
    is(&format!(r#"seatwire_build_info{{version="{}"}}"#, env!("CARGO_PKG_VERSION")), 1.0);
    let limited = value(text, r#"seatwire_rate_limited_total{class="login"}"#);
    assert!(limited.is_some_and(|count| count >= 1.0), "{text}");
    let booked = value(text, r#"seatwire_http_request_duration_seconds_count{route="/tickets"}"#);
    assert_eq!(booked, Some(3.0));
    assert!(value(text, "process_resident_memory_bytes").unwrap() > 1e6);
    assert!(value(text, "process_open_fds").unwrap() > 5.0);
    assert!(value(text, "seatwire_store_commit_duration_seconds_count").unwrap() >= 5.0);
    // The same in the other format, for a client that prefers it.
    let asked = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3";
    let other = world.admin.send("GET", "/metrics", &[("accept", asked)], None);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!((other.header("content-type"), other.header("vary")), (Some(kind), Some("Accept")));
    assert!(other.text().ends_with("\n# EOF\n"));
    assert!(other.text().contains("# TYPE seatwire_sales counter\n# HELP seatwire_sales "));
    let sale = r#"seatwire_sales_total{kind="ticket",outcome="done"}"#;
    assert_eq!(value(other.text(), sale), Some(2.0));
    for less in ["text/plain,application/openmetrics-text;q=0.9", "*/*"] {
        let plain = world.admin.send("GET", "/metrics", &[("accept", less)], None);
        assert_eq!(plain.header("content-type"), answer.header("content-type"), "{less}");
    }
    // No person is in it.
    for secret in ["owner@test.example", id(&route), id(&ticket), "5321234567"] {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
}

#[test]
fn a_payment_whose_end_is_not_known_is_counted_until_it_is() {
    const AGE: &str = "seatwire_payments_oldest_unanswered_age_seconds";
    let unfinished = |admin: &Api, state: &str| {
        figure(admin, &format!(r#"seatwire_payments_unfinished{{state="{state}"}}"#))
    };
    let world = World::new();
    let ticket = world.booked(&world.owner, &world.some_route(), 1);
    pay(&world.owner, id(&ticket), "4111111111111111").ok(200);
    // What a crash leaves that came between a charge, this many seconds ago, and its answer.
    let crashed = |world: World, seconds: i64| {
        world.changed(SignedDuration::ZERO, |database| {
            let sql = "UPDATE payments SET state = 'STARTED', decline_code = NULL, \
                       created_at = (unixepoch() - ?) * 1000";
            assert_eq!(database.execute(sql, [seconds]).unwrap(), 1);
            database.execute("UPDATE payment_shares SET state = 'STARTED'", []).unwrap();
        })
    };
    let world = crashed(world, 10);
    assert_eq!(unfinished(&world.admin, "started"), 1.0);
    assert_eq!(unfinished(&world.admin, "refunding"), 0.0);
    let age = figure(&world.admin, AGE);
    assert!((9.0..100.0).contains(&age), "{age} s");
    // The provider is asked about one that is this old, and does not know it.
    let world = crashed(world, 200);
    wait_for("its end", || unfinished(&world.admin, "started") == 0.0);
    assert_eq!(figure(&world.admin, AGE), 0.0);
}

#[test]
fn a_port_of_their_own_is_open_and_tells_nothing_else() {
    let world = World::with(|launch| launch.setting("METRICS_LISTEN", "localhost:0"));
    let watcher = operators(&world.server);
    assert!(watcher.get("/metrics").text().contains("seatwire_build_info{"));
    for path in ["/health/live", "/health/ready"] {
        watcher.get(path).ok(200);
    }
    watcher.get("/stations").problem(404, "not_found");
    watcher.post("/metrics", &serde_json::json!({})).problem(405, "method_not_allowed");
}

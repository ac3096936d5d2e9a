//! Every answer is counted by its address and status, wherever it comes from: from handlers, from the
//! layers around them, from the realtime endpoints, and from the parser of heads.

use serde_json::json;

use crate::support::event_reader::watch;
use crate::support::figures::{figure, value};
use crate::support::raw_connection::exchange;
use crate::support::socket_io::SocketIo;
use crate::support::websocket_frame::{handshake, open};
use crate::support::world::{World, id};

const DURATIONS: &str = "seatwire_http_request_duration_seconds_count";

#[test]
fn answers_of_every_layer_are_counted() {
    let world = World::with(|launch| {
        launch.setting("CORS_ORIGINS", "https://shop.example").setting("LIMIT_HANDSHAKE", "4/h")
    });
    let (port, route) = (world.server.port, world.some_route());
    let count = |method: &str, route: &str, status: u16| {
        let labels = format!(r#"{{method="{method}",route="{route}",status="{status}"}}"#);
        let told = world.admin.get("/metrics");
        value(told.text(), &format!("seatwire_http_requests_total{labels}")).unwrap_or_default()
    };
    let refused = |request: &str, status: u16| {
        let told = exchange(port, request);
        assert!(told.starts_with(&format!("HTTP/1.1 {status} ")), "{told}");
    };
    // From the layers that refuse before there is a handler.
    world.nobody.get("/stations?colour=red").problem(400, "validation_failed");
    assert_eq!(count("GET", "/stations", 400), 1.0);
    refused("GET /stations HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400);
    assert_eq!(count("GET", "/stations", 400), 2.0);
    refused(&handshake("/seats", "Origin: https://evil.example\r\nConnection: close\r\n"), 403);
    assert_eq!(count("GET", "/seats", 403), 1.0);
    // Heads of which no request could be made.
    refused("GET /stations HTTP/1.1\r\nno header\r\n\r\n", 400);
    refused("GET /stations HTTP/1.1\nHost: a\n\n", 400);
    assert_eq!(count("other", "other", 400), 2.0);
    refused(&format!("GET /stations HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(100_000)), 431);
    assert_eq!(count("other", "other", 431), 1.0);

    // The realtime endpoints: the handshake of a websocket, of a stream, of a session that polls.
    let _plain = open(port, "/seats");
    assert_eq!(count("GET", "/seats", 101), 1.0);
    let mut stream = watch(&world.nobody, id(&route), None);
    assert_eq!(stream.next().name, "subscribed");
    assert_eq!(count("GET", "/routes/{id}/events", 200), 1.0);
    let mut polling = SocketIo::connect(&world.nobody, &json!({}));
    assert_eq!((count("GET", "/socket.io/", 200), count("POST", "/socket.io/", 200)), (2.0, 1.0));
    polling.subscribe(id(&route), None);
    assert_eq!((count("GET", "/socket.io/", 200), count("POST", "/socket.io/", 200)), (3.0, 2.0));
    assert_eq!(world.nobody.get("/socket.io/?EIO=4&transport=no").status, 400);
    assert_eq!(count("GET", "/socket.io/", 400), 1.0);
    // The fourth was the one with a wrong transport.
    refused(&handshake("/seats", "Connection: close\r\n"), 429);
    assert_eq!(count("GET", "/seats", 429), 1.0);
    world.nobody.get(&format!("/routes/{}/events", id(&route))).problem(429, "rate_limited");
    assert_eq!(count("GET", "/routes/{id}/events", 429), 1.0);

    // A stream is timed up to its head, and a poll that waits is not timed at all.
    let timed = |route: &str| figure(&world.admin, &format!(r#"{DURATIONS}{{route="{route}"}}"#));
    assert_eq!((timed("/stations"), timed("/routes/{id}/events")), (2.0, 2.0));
    let sum = r#"seatwire_http_request_duration_seconds_sum{route="/routes/{id}/events"}"#;
    assert!(figure(&world.admin, sum) < 60.0);
    let told = world.admin.get("/metrics");
    assert_eq!(value(told.text(), &format!(r#"{DURATIONS}{{route="/socket.io/"}}"#)), None);
}

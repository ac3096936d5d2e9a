//! Answers that stay open, polls that wait and event streams: clients see ordinary HTTP, and the
//! server keeps very little for each.

use std::net::Ipv4Addr;

use crate::support::raw_connection::RawConnection;
use crate::support::waiting::wait_for;
use crate::support::world::{World, id};

const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
const POLLING: &str = "/socket.io/?EIO=4&transport=polling";

/// One request and the body of its answer, which has a length and leaves the connection open.
fn asked(connection: &mut RawConnection, request: impl AsRef<[u8]>) -> String {
    connection.send(request);
    answer(connection)
}

fn answer(connection: &mut RawConnection) -> String {
    let head = connection.head();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-length: "), "{head}");
    assert!(head.contains("\r\ndate: "), "{head}");
    assert!(head.contains("\r\nx-request-id: "), "{head}");
    String::from_utf8(connection.body(&head)).unwrap()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
}

fn post(path: &str, packet: &str) -> String {
    let length = packet.len();
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{packet}")
}

/// A polling session that watches the route, and the address of its polls.
fn polling(connection: &mut RawConnection, route: &str) -> String {
    let open = asked(connection, get(POLLING));
    let sid = open.split("\"sid\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let path = format!("{POLLING}&sid={sid}");
    assert_eq!(asked(connection, post(&path, "40/seats,")), "ok");
    while !asked(connection, get(&path)).contains("40/seats,{") {}
    let subscribe = format!(r#"42/seats,["subscribe_route",{{"routeId":"{route}"}}]"#);
    assert_eq!(asked(connection, post(&path, &subscribe)), "ok");
    while !asked(connection, get(&path)).contains(r#"["subscribed","#) {}
    path
}

/// The rest of a body in chunks, up to its end.
fn chunks(connection: &mut RawConnection) -> String {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.extend(connection.take(1).expect("a chunk"));
        }
        let length = std::str::from_utf8(&line).unwrap().trim_end();
        let length = usize::from_str_radix(length, 16).unwrap();
        body.extend(connection.take(length).expect("the whole chunk"));
        assert_eq!(connection.take(2).as_deref(), Some(&b"\r\n"[..]));
        if length == 0 {
            return String::from_utf8(body).unwrap();
        }
    }
}

#[test]
fn a_poll_that_waited_tells_its_length_and_the_connection_goes_on() {
    let world = World::new();
    let route = world.some_route();
    let mut connection = RawConnection::open(world.server.port);
    let path = polling(&mut connection, id(&route));
    connection.send(get(&path));
    // A request sent after it waits for its turn.
    connection.send(LIVE);
    world.booked(&world.agent, &route, 1);
    assert!(answer(&mut connection).contains("seat_confirmed"));
    assert!(answer(&mut connection).contains("\"ok\""));
    assert!(asked(&mut connection, LIVE).contains("\"ok\""));
}

#[test]
fn a_client_that_hangs_up_while_its_poll_waits_has_left() {
    let world = World::new();
    let route = world.some_route();
    let mut connection = RawConnection::open(world.server.port);
    let path = polling(&mut connection, id(&route));
    connection.send(get(&path));
    let connections =
        || world.admin.get("/websocket/stats").ok(200)["totalConnections"].as_u64().unwrap();
    assert_eq!(connections(), 1);
    drop(connection);
    wait_for("it has left", || connections() == 0);
}

#[test]
fn an_old_proxy_gets_its_poll_as_ever() {
    let world = World::new();
    let route = world.some_route();
    let path = polling(&mut RawConnection::open(world.server.port), id(&route));
    for (seat, request) in [
        (1, format!("GET {path} HTTP/1.0\r\nHost: x\r\n\r\n")),
        (2, format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n")),
    ] {
        let mut connection = RawConnection::open(world.server.port);
        connection.send(request);
        world.booked(&world.agent, &route, seat);
        let answer = String::from_utf8(connection.rest()).unwrap();
        assert!(answer.contains(" 200 OK\r\n"), "{answer}");
        assert!(answer.contains("\r\ncontent-length: "), "{answer}");
        assert!(answer.contains("seat_confirmed"), "{answer}");
    }
}

#[test]
fn an_event_stream_ends_in_good_order_and_the_connection_goes_on() {
    let world = World::new();
    let route = world.some_route();
    let mut connection = RawConnection::open(world.server.port);
    connection.send(get(&format!("/routes/{}/events", id(&route))));
    let head = connection.head();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    for field in ["transfer-encoding: chunked", "content-type: text/event-stream", "date: "] {
        assert!(head.contains(&format!("\r\n{field}")), "{field} in {head}");
    }
    connection.send(LIVE);
    let deleted = world.admin.call("DELETE", &format!("/routes/{}", id(&route)));
    assert_eq!(deleted.status, 204);
    let events = chunks(&mut connection);
    assert!(events.contains("event: subscribed\n"), "{events}");
    assert!(events.contains("event: error\n"), "{events}");
    assert!(answer(&mut connection).contains("\"ok\""));
}

/// hyper's two buffers of a connection are 16 KiB; a build for tests needs more than one for use.
#[test]
fn who_only_waits_costs_next_to_nothing() {
    const VIEWERS: u64 = 400;
    const EACH_KIB_MAX: u64 = 12;
    let world = World::new();
    let route = world.some_route();
    let from = |viewer: u64| {
        let address = Ipv4Addr::new(127, 0, 0, u8::try_from(2 + viewer % 200).unwrap());
        RawConnection::open_from(address, world.server.port)
    };
    let stream = |viewer| {
        let mut connection = from(viewer);
        connection.send(get(&format!("/routes/{}/events", id(&route))));
        assert!(connection.head().starts_with("HTTP/1.1 200 "));
        connection
    };
    let poll = |viewer| {
        let mut connection = from(viewer);
        let path = polling(&mut connection, id(&route));
        connection.send(get(&path));
        connection
    };
    for kind in [&stream as &dyn Fn(u64) -> RawConnection, &poll] {
        // Memory that the first ones leave behind is reused for the others.
        let mut held: Vec<_> = (0..100).map(kind).collect();
        let before = world.server.rss_kib();
        held.extend((0..VIEWERS).map(kind));
        let growth = world.server.rss_kib().saturating_sub(before);
        assert!(growth < VIEWERS * EACH_KIB_MAX, "{growth} KiB");
    }
}

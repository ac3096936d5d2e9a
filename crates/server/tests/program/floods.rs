//! What a socket may cost the server: a number of messages, no bytes, and no endless place without
//! a namespace. A socket that exceeds this is answered, then closed, and slows down no other.

use serde_json::{Value, json};

use crate::support::raw_connection::RawConnection;
use crate::support::websocket_frame::{
    BINARY, CLOSE, FIN, PING, PONG, TEXT, frame, next, next_text, open, text,
};
use crate::support::world::{World, id};

const SOCKET_IO: &str = "/socket.io/?EIO=4&transport=websocket";
const NOWHERE: &str = "0199c0de-0000-7000-8000-000000000001";

fn connected(world: &World) -> RawConnection {
    let mut connection = open(world.server.port, SOCKET_IO);
    assert!(next_text(&mut connection).starts_with("0{"));
    connection.send(text("40/seats,"));
    assert!(next_text(&mut connection).starts_with("40/seats,{"));
    connection
}

fn subscribe(route_id: &str) -> String {
    format!(r#"42/seats,["subscribe_route",{{"routeId":"{route_id}"}}]"#)
}

fn plain_subscribe(route_id: &str) -> String {
    json!({"event": "subscribe_route", "data": {"routeId": route_id}, "id": 1}).to_string()
}

/// Every text until the close frame, and its code.
fn until_closed(connection: &mut RawConnection) -> (Vec<String>, u16) {
    let mut texts = Vec::new();
    loop {
        match next(connection).expect("a close frame") {
            (TEXT, text) => texts.push(String::from_utf8(text).unwrap()),
            (CLOSE, payload) => return (texts, u16::from_be_bytes([payload[0], payload[1]])),
            (PING, _) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn fifty_messages_are_served_at_once_and_a_flood_is_closed() {
    // The budget does not refill during the test.
    let world = World::with(|launch| launch.setting("LIMIT_MESSAGE", "50/h"));
    let route = world.some_route();
    let mut stock = connected(&world);
    let mut plain = open(world.server.port, "/seats");
    for _ in 0..2_000 {
        stock.send(text(&subscribe(id(&route))));
        plain.send(text(&plain_subscribe(id(&route))));
    }
    // CONNECT was one of the fifty.
    for (connection, served) in [(&mut stock, 49), (&mut plain, 50)] {
        let (texts, code) = until_closed(connection);
        assert_eq!(code, 1008);
        let count = |what: &str| texts.iter().filter(|text| text.contains(what)).count();
        assert_eq!(count("\"subscribed\""), served);
        assert_eq!(count("rate_limited"), 500);
        assert_eq!(texts.len(), served + 500);
    }
    let metrics = world.admin.get("/metrics");
    let counted = r#"seatwire_rate_limited_total{class="message"} 1000"#;
    assert!(metrics.text().lines().any(|line| line == counted), "{}", metrics.text());
    let refused = r#"["error",{"message":"Too many messages on this connection; please send fewer","code":"rate_limited","event":"subscribe_route"}]"#;
    let mut again = connected(&world);
    for _ in 0..49 {
        again.send(text(&subscribe(id(&route))));
        next_text(&mut again);
    }
    again.send(text(&subscribe(id(&route)).replace("42/seats,", "42/seats,7")));
    assert_eq!(next_text(&mut again), format!("42/seats,{refused}"));
    assert!(next_text(&mut again).starts_with("43/seats,7[{"), "acknowledged too");
}

/// What is no message costs the server a little, too: whoever goes on is closed.
#[test]
fn pings_pongs_and_answers_that_nobody_asked_for_are_no_way_around_the_pace() {
    let world = World::with(|launch| launch.setting("LIMIT_MESSAGE", "50/h"));
    let [ping, pong] = [PING, PONG].map(|opcode| frame(FIN | opcode, b""));
    let ack = |kind: &str| text(&format!(r#"{kind}/seats,7["{}"]"#, "x".repeat(1_000)));
    let with_bytes = [ack("461-"), frame(FIN | BINARY, &[0])].concat();
    let floods = [ping.clone(), pong.clone(), text("3"), text("6"), ack("43"), with_bytes];
    let stock = floods.into_iter().map(|flood| (connected(&world), flood, 49));
    let plain = [ping, pong].map(|flood| (open(world.server.port, "/seats"), flood, 50));
    for (mut connection, flood, most) in stock.chain(plain) {
        connection.send(flood.repeat(560));
        let (mut pongs, mut code) = (0, 0);
        while let Some((opcode, payload)) = next(&mut connection) {
            match opcode {
                PONG => pongs += 1,
                CLOSE => code = u16::from_be_bytes([payload[0], payload[1]]),
                _ => panic!("{opcode}: {payload:?}"),
            }
        }
        assert_eq!(code, 1008, "{:?}", &flood[..2]);
        let is_ping = flood[0] == FIN | PING;
        assert_eq!(pongs, if is_ping { most + 500 } else { 0 });
    }
}

#[test]
fn a_route_that_is_not_there_costs_as_much_as_five_that_are() {
    let world = World::with(|launch| launch.setting("LIMIT_MESSAGE", "20/h"));
    let route = world.some_route();
    let mut plain = open(world.server.port, "/seats");
    let mut codes = |route_id: &str, times: usize| {
        let asked: Vec<String> = (0..times)
            .map(|_| {
                plain.send(text(&plain_subscribe(route_id)));
                let answer: Value = serde_json::from_str(&next_text(&mut plain)).unwrap();
                answer["data"]["code"].as_str().unwrap_or("none").to_owned()
            })
            .collect();
        asked
    };
    assert_eq!(codes(NOWHERE, 3), ["route_not_found"; 3]);
    assert_eq!(codes(id(&route), 5), ["none"; 5]);
    assert_eq!(codes(id(&route), 1), ["rate_limited"]);
}

#[test]
fn limits_can_be_off() {
    let world = World::with(|launch| launch.setting("RATE_LIMIT", "off"));
    let route = world.some_route();
    let mut stock = connected(&world);
    for _ in 0..2_000 {
        stock.send(text(&subscribe(id(&route))));
        assert!(next_text(&mut stock).contains("\"subscribed\""));
    }
}

/// If the server waited for what these sockets announce, they would cost about ten times as much.
#[test]
fn bytes_that_are_announced_and_never_come_are_not_waited_for() {
    const SOCKETS: usize = 200;
    const GROWTH_KIB_MAX: u64 = 6 * 1024;
    let world = World::new();
    let event = format!(r#"4516-/seats,["subscribe_route",{{"x":"{}"}}]"#, "x".repeat(60_000));
    let mut sockets: Vec<_> = (0..SOCKETS).map(|_| connected(&world)).collect();
    let before = world.server.rss_kib();
    for socket in &mut sockets {
        socket.send(text(&event));
        for _ in 0..4 {
            socket.send(frame(FIN | BINARY, &[0; 48_000]));
        }
        assert!(next_text(socket).contains("invalid_payload"), "answered at once");
    }
    // What was sent after it has been read, too.
    for socket in &mut sockets {
        socket.send(frame(FIN | PING, b"still there?"));
        next(socket).expect("a pong");
    }
    let growth = world.server.rss_kib().saturating_sub(before);
    assert!(growth < GROWTH_KIB_MAX, "{SOCKETS} sockets cost {growth} KiB");
}

/// Sessions that have joined no namespace have a limit of their own; the oldest is closed.
#[test]
fn handshakes_that_join_nothing_turn_nobody_away() {
    const HANDSHAKES: usize = 9_000;
    const UNJOINED_MAX: u64 = 8_192;
    let world = World::new();
    let route = world.some_route();
    let mut joined = connected(&world);
    let mut crowd = RawConnection::open(world.server.port);
    let ask = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\n\r\n";
    for _ in 0..HANDSHAKES / 100 {
        crowd.send(ask.repeat(100));
        for _ in 0..100 {
            let head = crowd.head();
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            let length = head.to_lowercase();
            let length = length.split("content-length: ").nth(1).unwrap();
            let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
            crowd.take(length).expect("an open packet");
        }
    }
    let total = world.agent.get("/websocket/stats").ok(200)["totalConnections"].as_u64().unwrap();
    assert!(total <= UNJOINED_MAX + 1, "{total}");
    let mut newcomer = connected(&world);
    for socket in [&mut joined, &mut newcomer] {
        socket.send(text(&subscribe(id(&route))));
        loop {
            match next_text(socket).as_str() {
                "2" => socket.send(text("3")),
                answer => break assert!(answer.contains("\"subscribed\""), "{answer}"),
            }
        }
    }
}

/// Its life is much shorter than that of a viewer, who is asked for a sign of life first.
#[test]
fn whoever_joins_nothing_is_gone_before_the_first_ping() {
    let world = World::new();
    let mut silent = open(world.server.port, SOCKET_IO);
    assert!(next_text(&mut silent).starts_with("0{"));
    let mut joined = connected(&world);
    assert_eq!(until_closed(&mut silent).0, [""; 0]);
    assert_eq!(next_text(&mut joined), "2");
}

/// What a connection may watch is bounded; whoever leaves a route may watch another one.
#[test]
fn a_connection_watches_64_routes_and_no_more() {
    let world = World::with(|launch| launch.setting("LIMIT_MESSAGE", "1000/s"));
    let routes: Vec<Value> = (0..66).map(|_| world.some_route()).collect();
    let mut stock = connected(&world);
    let mut plain = open(world.server.port, "/seats");
    let leave = json!({"event": "unsubscribe_route", "data": {"routeId": id(&routes[0])}});
    let stock_leave =
        format!(r#"42/seats,["unsubscribe_route",{{"routeId":"{}"}}]"#, id(&routes[0]));
    let mut ask = |route: &Value| {
        stock.send(text(&subscribe(id(route))));
        plain.send(text(&plain_subscribe(id(route))));
        [next_text(&mut stock), next_text(&mut plain)]
    };
    for route in &routes[..64] {
        let told = ask(route);
        assert!(told.iter().all(|told| told.contains("subscribed")), "{told:?}");
    }
    let told = ask(&routes[64]);
    for told in told {
        assert!(told.contains("rate_limited") && told.contains("Too many subscr"), "{told}");
    }
    stock.send(text(&stock_leave));
    plain.send(text(&leave.to_string()));
    for connection in [&mut stock, &mut plain] {
        assert!(next_text(connection).contains("unsubscribed"));
    }
    stock.send(text(&subscribe(id(&routes[65]))));
    plain.send(text(&plain_subscribe(id(&routes[65]))));
    for connection in [&mut stock, &mut plain] {
        let told = next_text(connection);
        assert!(told.contains("subscribed"), "{told}");
    }
}

/// A connection watches 64 routes at a time; one more is refused, and changes nothing for the
/// others.
#[test]
fn a_connection_has_so_many_subscriptions_at_a_time() {
    const ROUTES_MAX: usize = 64;
    let world = World::with(|launch| launch.setting("LIMIT_MESSAGE", "1000/s"));
    let routes: Vec<Value> = (0..=ROUTES_MAX).map(|_| world.some_route()).collect();
    let (one_more, first) = (id(&routes[ROUTES_MAX]), id(&routes[0]));
    let (mut stock, mut plain) = (connected(&world), open(world.server.port, "/seats"));
    for route in &routes[..ROUTES_MAX] {
        stock.send(text(&subscribe(id(route))));
        plain.send(text(&plain_subscribe(id(route))));
        for connection in [&mut stock, &mut plain] {
            assert!(next_text(connection).contains("\"subscribed\""));
        }
    }
    let refused = r#""message":"Too many subscriptions on this connection","code":"rate_limited","event":"subscribe_route""#;
    let stock_leaves = format!(r#"42/seats,["unsubscribe_route",{{"routeId":"{first}"}}]"#);
    let plain_leaves = json!({"event": "unsubscribe_route", "data": {"routeId": first}});
    for (connection, asks, leaves) in [
        (&mut stock, subscribe(one_more), stock_leaves),
        (&mut plain, plain_subscribe(one_more), plain_leaves.to_string()),
    ] {
        connection.send(text(&asks));
        let answer = next_text(connection);
        assert!(answer.contains(refused), "{answer}");
        // A second time for a route that it watches takes no place.
        connection.send(text(&asks.replace(one_more, first)));
        assert!(next_text(connection).contains("\"subscribed\""));
        connection.send(text(&leaves));
        assert!(next_text(connection).contains("\"unsubscribed\""));
        connection.send(text(&asks));
        assert!(next_text(connection).contains("\"subscribed\""));
    }
    world.booked(&world.owner, &routes[1], 1);
    for connection in [&mut stock, &mut plain] {
        assert!(next_text(connection).contains("seat_reserved"));
    }
}

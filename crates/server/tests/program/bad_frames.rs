//! Bad websocket frames and messages: the connection ends as RFC 6455 says, or the message is
//! answered with `error`; the server goes on.

use serde_json::{Value, json};

use crate::support::raw_connection::RawConnection;
use crate::support::websocket_frame::{
    BINARY, CLOSE, FIN, PING, PONG, TEXT, close_code, frame, handshake, next, next_text, open, text,
};
use crate::support::world::{World, id};

const SOCKET_IO: &str = "/socket.io/?EIO=4&transport=websocket";
const PLAIN: &str = "/seats";

/// The next client is served.
fn is_well(world: &World, route_id: &str) {
    let mut connection = open(world.server.port, PLAIN);
    let subscribe = json!({"event": "subscribe_route", "data": {"routeId": route_id}, "id": 1});
    connection.send(text(&subscribe.to_string()));
    let answer: Value = serde_json::from_str(&next_text(&mut connection)).unwrap();
    assert_eq!((&answer["event"], &answer["id"]), (&json!("subscribed"), &json!(1)));
}

/// A close code for each violation, on both endpoints.
#[test]
fn frames_that_break_the_protocol_end_the_connection() {
    let world = World::new();
    let route = world.some_route();
    let unmasked = vec![FIN | TEXT, 2, b'{', b'}'];
    let table: [(&str, Vec<u8>, u16); 15] = [
        ("unmasked", unmasked, 1002),
        ("a reserved bit", frame(FIN | 0x40 | TEXT, b"{}"), 1002),
        ("an unknown opcode", frame(FIN | 0x3, b""), 1002),
        ("an unknown control opcode", frame(FIN | 0xb, b""), 1002),
        ("a continuation of nothing", frame(FIN, b"x"), 1002),
        ("a fragmented ping", frame(PING, b""), 1002),
        ("a ping that is too long", frame(FIN | PING, &[0; 126]), 1002),
        ("a close frame with half a code", frame(FIN | CLOSE, &[3]), 1002),
        ("a close code that does not exist", frame(FIN | CLOSE, &999_u16.to_be_bytes()), 1002),
        ("a reserved close code", frame(FIN | CLOSE, &1006_u16.to_be_bytes()), 1002),
        ("two messages at once", [frame(TEXT, b"{"), frame(FIN | TEXT, b"}")].concat(), 1002),
        ("text that is not UTF-8", frame(FIN | TEXT, b"\xff\xfe"), 1007),
        ("a cut character", frame(FIN | TEXT, b"4\xe2\x82"), 1007),
        ("a message that is too large", frame(FIN | TEXT, &vec![b'4'; 64 * 1024 + 1]), 1009),
        (
            "one that is too large in pieces",
            [frame(TEXT, &vec![b'4'; 40_000]), frame(0, &vec![b'4'; 40_000])].concat(),
            1009,
        ),
    ];
    for path in [SOCKET_IO, PLAIN] {
        for (what, bytes, code) in &table {
            let mut connection = open(world.server.port, path);
            connection.send(bytes);
            assert_eq!(close_code(&mut connection), *code, "{what} on {path}");
        }
        // Only the length: the rest is not waited for.
        let mut connection = open(world.server.port, path);
        connection.send([
            FIN | TEXT,
            0xff,
            0x7f,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0,
            0,
            0,
            0,
        ]);
        assert_eq!(close_code(&mut connection), 1009, "{path}");
        // A client that disconnects without a close frame.
        let mut connection = open(world.server.port, path);
        connection.send([FIN | TEXT, 0x85]);
        drop(connection);
        is_well(&world, id(&route));
    }
}

#[test]
fn packets_that_break_the_protocol_close_the_websocket() {
    let world = World::new();
    let route = world.some_route();
    for packet in [
        "",
        "x",
        "2",
        "42/seats,[\"subscribe_route\"]",
        "40/seats,{",
        "49",
        "4",
        "\0",
        "44/seats,{}",
        "43/seats,1[]",
    ] {
        let mut connection = open(world.server.port, SOCKET_IO);
        assert!(next_text(&mut connection).starts_with("0{"));
        connection.send(text(packet));
        assert_eq!(close_code(&mut connection), 1002, "{packet:?}");
    }
    // Bytes that no packet announced.
    let mut connection = open(world.server.port, SOCKET_IO);
    connection.send(frame(FIN | BINARY, &[1, 2, 3]));
    assert_eq!(close_code(&mut connection), 1002);
    is_well(&world, id(&route));
}

#[test]
fn messages_with_bad_arguments_are_answered_and_the_connection_stays() {
    let world = World::new();
    let route = world.some_route();
    let mut plain = open(world.server.port, PLAIN);
    let nowhere = "0199c0de-0000-7000-8000-000000000001";
    for (message, code) in [
        ("hello".to_owned(), "invalid_payload"),
        ("{}".to_owned(), "invalid_payload"),
        ("[]".to_owned(), "invalid_payload"),
        (r#"{"event": 7}"#.to_owned(), "invalid_payload"),
        (r#"{"event": "make_coffee"}"#.to_owned(), "invalid_payload"),
        (r#"{"event": "subscribe_route"}"#.to_owned(), "route_id_required"),
        (
            r#"{"event": "subscribe_route", "data": {"routeId": ""}}"#.to_owned(),
            "route_id_required",
        ),
        (r#"{"event": "subscribe_route", "data": {"routeId": "x"}}"#.to_owned(), "route_not_found"),
        (r#"{"event": "subscribe_route", "data": {"routeId": 7}}"#.to_owned(), "invalid_payload"),
        (
            format!(r#"{{"event": "get_seat_availability", "data": {{"routeId": "{nowhere}"}}}}"#),
            "route_not_found",
        ),
        (
            format!(
                r#"{{"event": "get_seat_availability", "data": {{"routeId": "{}", "fromCity": "Ankara"}}}}"#,
                id(&route)
            ),
            "invalid_payload",
        ),
        ("[".repeat(60_000), "invalid_payload"),
    ] {
        plain.send(text(&message));
        let answer: Value = serde_json::from_str(&next_text(&mut plain)).unwrap();
        let short = &message[..message.len().min(80)];
        assert_eq!(answer["event"], "error", "{short}: {answer}");
        assert_eq!(answer["data"]["code"], code, "{short}: {answer}");
        assert!(answer["data"]["message"].is_string());
    }
    plain.send(frame(FIN | PING, b"still there?"));
    assert_eq!(next(&mut plain), Some((PONG, b"still there?".to_vec())));
    is_well(&world, id(&route));
}

/// Mistakes are answered; a peer that sends nothing but mistakes is not served for ever.
#[test]
fn a_peer_that_keeps_erring_is_closed() {
    let world = World::new();
    let route = world.some_route();
    let mut plain = open(world.server.port, PLAIN);
    for _ in 0..1_000 {
        plain.send(text("{}"));
    }
    let mut errors = 0;
    let code = loop {
        match next(&mut plain).expect("a close frame") {
            (TEXT, _) => errors += 1,
            (CLOSE, payload) => break u16::from_be_bytes([payload[0], payload[1]]),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code, 1008);
    assert!((50..1_000).contains(&errors), "{errors}");
    is_well(&world, id(&route));
}

#[test]
fn handshakes_that_are_none_are_refused() {
    let world = World::new();
    let route = world.some_route();
    let good = handshake(PLAIN, "");
    let head = |request: &str| {
        let mut connection = RawConnection::open(world.server.port);
        connection.send(request);
        connection.head()
    };
    for (what, request, status) in [
        ("no key", good.replace("Sec-WebSocket-Key", "X-Key"), "400"),
        ("a short key", good.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), "400"),
        ("another version", good.replace("Version: 13", "Version: 8"), "426"),
        ("another protocol", good.replace("Upgrade: websocket", "Upgrade: h2c"), "400"),
        ("a POST", good.replace("GET ", "POST "), "400"),
        ("HTTP/1.0", good.replace("HTTP/1.1", "HTTP/1.0"), "400"),
        ("a bad token", good.replace("/seats", "/seats?token=x"), "401"),
    ] {
        let answer = head(&request);
        let version = if what == "HTTP/1.0" { "1.0" } else { "1.1" };
        assert!(answer.starts_with(&format!("HTTP/{version} {status} ")), "{what}: {answer}");
    }
    let unknown = format!("{SOCKET_IO}&sid=unknown");
    let answer = head(&handshake(&unknown, ""));
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let mut cut = RawConnection::open(world.server.port);
    cut.send(&good[..good.len() / 2]);
    drop(cut);
    is_well(&world, id(&route));
}

#[test]
fn a_bad_token_is_refused_in_the_namespace_and_the_transport_stays() {
    let world = World::new();
    let mut connection = open(world.server.port, SOCKET_IO);
    assert!(next_text(&mut connection).starts_with("0{"));
    connection.send(text(r#"40/seats,{"token":"x"}"#));
    assert_eq!(next_text(&mut connection), r#"44/seats,{"message":"Unauthorized"}"#);
    connection.send(text("40/nowhere,"));
    assert_eq!(next_text(&mut connection), r#"44/nowhere,{"message":"Invalid namespace"}"#);
    let token = world.owner.token.as_deref().unwrap();
    connection.send(text(&format!(r#"40/seats,{{"token":"{token}"}}"#)));
    assert!(next_text(&mut connection).starts_with(r#"40/seats,{"sid":""#));
}

//! Requests that no client library would send: heads, bodies and polls that break the rules. Each
//! is answered or its connection is closed, and the server goes on.

use serde_json::{Value, json};

use crate::support::api::Answer;
use crate::support::raw_connection::{RawConnection, exchange};
use crate::support::world::{World, id};

/// After everything that was done to it, the server still answers.
fn is_well(world: &World) {
    world.nobody.get("/health/ready").ok(200);
}

#[test]
fn heads_that_are_no_http_are_hung_up_on() {
    let world = World::new();
    let many = "x: y\r\n".repeat(200);
    let long = "a".repeat(20_000);
    for (what, request, status) in [
        ("noise", "\u{1}\u{2}\u{3}\r\n\r\n".to_owned(), "400"),
        ("no version", "GET /\r\n\r\n".to_owned(), "400"),
        ("another protocol", "SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned(), "400"),
        ("a NUL in the address", "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "400"),
        ("a header without a name", "GET / HTTP/1.1\r\n: x\r\n\r\n".to_owned(), "400"),
        ("a NUL in a header", "GET / HTTP/1.1\r\nX: a\0b\r\n\r\n".to_owned(), "400"),
        (
            "a length that is none",
            "POST /tickets HTTP/1.1\r\nContent-Length: x\r\n\r\n".to_owned(),
            "400",
        ),
        (
            "two lengths",
            "POST /tickets HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".to_owned(),
            "400",
        ),
        ("too many headers", format!("GET / HTTP/1.1\r\n{many}\r\n"), "431"),
        ("a header that is too long", format!("GET / HTTP/1.1\r\nX: {long}\r\n\r\n"), "431"),
        ("an address that is too long", format!("GET /{long} HTTP/1.1\r\n\r\n"), "4"),
    ] {
        let answer = exchange(world.server.port, &request);
        let expected = format!("HTTP/1.1 {status}");
        assert!(answer.starts_with(&expected), "{what}: {answer:?}");
        is_well(&world);
    }
    let answer = exchange(world.server.port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer:?}");
    is_well(&world);
}

#[test]
fn methods_that_are_not_known_are_a_problem() {
    let world = World::new();
    for method in ["BREW", "TRACE", "PROPFIND", "get"] {
        let request = format!("{method} /routes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = exchange(world.server.port, &request);
        assert!(answer.starts_with("HTTP/1.1 405 "), "{method}: {answer}");
        assert!(answer.contains("application/problem+json"), "{method}: {answer}");
    }
}

/// No client can hold a connection open byte by byte.
#[test]
fn a_head_and_a_body_that_do_not_come_are_not_waited_for() {
    let world = World::new();
    let token = world.owner.token.clone().unwrap();
    let head = format!(
        "POST /tickets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 9\r\n"
    );
    let mut halves = [
        ("nothing", String::new(), ""),
        ("half a head", head.clone(), ""),
        ("half a body", format!("{head}\r\n{{\"a\""), "HTTP/1.1 400 "),
    ]
    .map(|(what, sent, answer)| {
        let mut connection = RawConnection::open(world.server.port);
        connection.send(sent);
        (what, connection, answer)
    });
    is_well(&world);
    for (what, connection, expected) in &mut halves {
        // Returns when the server has closed the connection; a server that waits fails the test.
        let answer = String::from_utf8(connection.rest()).unwrap();
        assert!(answer.starts_with(*expected), "{what}: {answer}");
        assert!(!answer.starts_with("HTTP/1.1 2"), "{what}: {answer}");
    }
    is_well(&world);
}

/// More than is read at once, to an address that does not read it.
#[test]
fn a_request_that_is_answered_early_leaves_its_connection_usable() {
    let world = World::new();
    let mut connection = RawConnection::open(world.server.port);
    for _ in 0..5 {
        let body = "x".repeat(60_000);
        connection.send(format!(
            "POST /tickets HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let head = connection.head();
        assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
        assert!(!head.contains("connection: close"), "{head}");
        connection.body(&head);
    }
}

#[test]
fn a_body_that_is_far_too_large_gets_its_answer_before_the_end() {
    let world = World::new();
    let token = world.owner.token.clone().unwrap();
    let mut connection = RawConnection::open(world.server.port);
    connection.send(format!(
        "POST /tickets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n"
    ));
    let answer = String::from_utf8(connection.rest()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    // In pieces without a length: the size is found only by counting.
    let mut connection = RawConnection::open(world.server.port);
    connection.send(format!(
        "POST /tickets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    ));
    for _ in 0..20 {
        connection.send(format!("1000\r\n{}\r\n", " ".repeat(0x1000)));
    }
    connection.send("0\r\n\r\n");
    let head = connection.head();
    assert!(head.starts_with("HTTP/1.1 413 "), "{head}");
    is_well(&world);
}

#[test]
fn polls_that_break_the_protocol_get_its_own_errors() {
    let world = World::new();
    let code = |answer: &Answer, status: u16| -> Value {
        assert_eq!(answer.status, status, "{}", answer.text());
        answer.json()["code"].clone()
    };
    for (query, expected) in [
        ("", 0),
        ("?EIO=4", 0),
        ("?EIO=4&transport=carrier-pigeon", 0),
        ("?EIO=4&transport=polling&sid=unknown", 1),
        ("?EIO=4&transport=polling&sid=%00%FF", 1),
        ("?EIO=4&transport=websocket", 3),
        ("?EIO=3&transport=polling", 5),
        ("?EIO=5&transport=polling", 5),
        ("?EIO=abc&transport=polling", 5),
        ("?transport=polling", 5),
    ] {
        let answer = world.nobody.get(&format!("/socket.io/{query}"));
        assert_eq!(code(&answer, 400), expected, "{query}: {}", answer.text());
    }
    for method in ["POST", "PUT", "DELETE"] {
        let answer = world.nobody.call(method, "/socket.io/?EIO=4&transport=polling");
        assert_eq!(code(&answer, 400), 2, "{method}");
    }
    is_well(&world);
}

fn open_poll(world: &World) -> String {
    let answer = world.nobody.get("/socket.io/?EIO=4&transport=polling");
    assert_eq!(answer.status, 200);
    let open: Value = serde_json::from_str(&answer.text()[1..]).unwrap();
    assert_eq!(open["maxPayload"], 64 * 1024);
    format!("/socket.io/?EIO=4&transport=polling&sid={}", open["sid"].as_str().unwrap())
}

#[test]
fn packets_that_break_the_protocol_end_the_poll_and_nothing_else() {
    let world = World::new();
    let route = world.some_route();
    let route_id = id(&route);
    for packet in [
        "",
        "x",
        "9",
        "2",
        "4",
        "49/seats,",
        "40/seats,{",
        "40/seats,[]",
        "42/seats,[\"subscribe_route\",{}]",
        "43/seats,1[]",
        "44/seats,{}",
        "451-/seats,[{\"_placeholder\":true,\"num\":0}]",
        "45999999999999-/seats,[]",
        "4{\"no\":\"type\"}",
        "40/seats,\u{1e}42/seats,{}",
        "40/seats,\u{1e}42/seats,[]",
        "40/seats,\u{1e}42/seats,[7,{}",
        "40/seats,\u{1e}42/seats,[null]",
        "40/seats,\u{1e}42/seats,[\"connect\"]",
        "40/seats,\u{1e}4299999999999999999999/seats,[\"subscribe_route\"]",
        "40/seats,\u{1e}40/seats,",
        "b!!!",
        "bAQID",
    ] {
        let path = open_poll(&world);
        let answer = world.nobody.send("POST", &path, &[], Some(packet.as_bytes()));
        assert_eq!(answer.status, 400, "{packet:?}: {}", answer.text());
        let after = world.nobody.get(&path);
        assert_eq!(after.status, 400, "{packet:?}: the session is over: {}", after.text());
        assert_eq!(after.json()["code"], 1, "{packet:?}");
    }
    let path = open_poll(&world);
    let answer = world.nobody.send("POST", &path, &[], Some(b"40/seats,\xff\xfe"));
    assert_eq!(answer.status, 400);
    // The control: a client that follows the protocol, with bad arguments, is answered.
    let path = open_poll(&world);
    let subscribe = format!("42/seats,[\"subscribe_route\",{{\"routeId\":\"{route_id}\"}}]");
    let body = format!("40/seats,\u{1e}42/seats,[\"subscribe_route\",{{}}]\u{1e}{subscribe}");
    assert_eq!(world.nobody.send("POST", &path, &[], Some(body.as_bytes())).text(), "ok");
    let packets = world.nobody.get(&path).text().to_owned();
    for part in ["40/seats,{\"sid\"", "\"route_id_required\"", "42/seats,[\"subscribed\""] {
        assert!(packets.contains(part), "{packets}");
    }
    is_well(&world);
}

#[test]
fn a_poll_body_that_is_too_large_is_refused_and_a_full_one_is_not() {
    let world = World::new();
    let path = open_poll(&world);
    let large = vec![b'x'; 64 * 1024 + 1];
    assert_eq!(world.nobody.send("POST", &path, &[], Some(&large)).status, 413);
    let path = open_poll(&world);
    let start = "40/seats,\u{1e}42/seats,[\"subscribe_route\",{\"routeId\":\"";
    let full = format!("{start}{}\"}}]", "x".repeat(64 * 1024 - start.len() - 3));
    assert_eq!(full.len(), 64 * 1024);
    assert_eq!(world.nobody.send("POST", &path, &[], Some(full.as_bytes())).text(), "ok");
    assert!(world.nobody.get(&path).text().contains("route_not_found"));
    let stats = world.agent.get("/websocket/stats").ok(200);
    assert_eq!(stats["routeDetails"], json!([]));
}

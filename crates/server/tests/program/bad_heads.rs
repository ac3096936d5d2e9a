//! Heads that a proxy and a server could read differently are refused, and every refusal is a
//! problem document, whichever layer refused; heads that only look similar are served.

use serde_json::Value;

use crate::support::raw_connection::{RawConnection, exchange};
use crate::support::websocket_frame::{handshake, next_text, opened, text};
use crate::support::world::{World, id};

/// The status and the JSON of a problem in its proper form.
#[track_caller]
fn problem(answer: &str) -> (u16, Value) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?}"));
    let lower = head.to_ascii_lowercase();
    assert!(lower.contains("\r\ncontent-type: application/problem+json"), "{head}");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
    assert_eq!(body["status"], status);
    let id = lower.split("\r\nx-request-id: ").nth(1).and_then(|rest| rest.lines().next());
    assert_eq!(body["requestId"].as_str(), id);
    (status, body)
}

const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: x\r\n";

#[test]
fn a_bare_line_feed_in_a_head_is_refused() {
    let world = World::new();
    for head in [
        "GET /health/live HTTP/1.1\nHost: x\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: x\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: x\r\n\n",
        "GET /health/live HTTP/1.1\nHost: x\n\n",
        "\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\nX-Smuggled: b\r\n\r\n",
    ] {
        let (status, body) = problem(&exchange(world.server.port, head));
        assert_eq!((status, &body["code"]), (400, &"malformed_head".into()), "{head:?}");
        assert!(body["detail"].as_str().unwrap().contains("LF"), "{body}");
    }
    // After another request on the same connection, sent with it and sent later.
    let bad = "GET /health/live HTTP/1.1\nHost: x\r\n\r\n";
    for together in [true, false] {
        let mut connection = RawConnection::open(world.server.port);
        connection.send(format!("{LIVE}\r\n{}", if together { bad } else { "" }));
        let head = connection.head();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        connection.body(&head);
        if !together {
            connection.send(bad);
        }
        assert_eq!(problem(&String::from_utf8(connection.rest()).unwrap()).0, 400);
    }
}

/// Bodies may contain what heads may not, wherever a segment ends; empty lines may come before a
/// head.
#[test]
fn line_feeds_that_are_in_no_head_are_nobodys_business() {
    let world = World::new();
    let body = "{\n\"email\": \"owner@test.example\",\n\n\"password\": \"correct horse\"\n}\n";
    let post = format!(
        "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // Several requests at once, cut at every position around the ends of head and body.
    let whole = format!("{post}\r\n{LIVE}\r\n{post}{LIVE}\r\n");
    let ends = [post.len() - body.len(), post.len(), post.len() + 2];
    let cuts = ends.iter().flat_map(|end| end - 3..=end + 3);
    for cut in cuts.chain([whole.len()]) {
        let mut connection = RawConnection::open(world.server.port);
        connection.send(&whole[..cut]);
        world.nobody.get("/health/live").ok(200);
        connection.send(&whole[cut..]);
        for status in ["200"; 4] {
            let head = connection.head();
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{cut}: {head}");
            connection.body(&head);
        }
    }
}

/// Only the parser knows the end of a body in chunks: nothing may follow it.
#[test]
fn a_request_in_chunks_is_the_last_of_its_connection() {
    let world = World::new();
    let body = "10\r\n{\n\"email\": \"a\",\n\r\n11\r\n\"password\": \"b\"\n}\r\n0\r\n\r\n";
    let answer = exchange(
        world.server.port,
        &format!(
            "POST /auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}\
             GET /health/live HTTP/1.1\nHost: x\r\n\r\n"
        ),
    );
    assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    let (status, body) = problem(&answer);
    assert!(status == 400 || status == 401, "it was understood: {body}");
}

#[test]
fn what_may_stand_only_once_is_refused_twice() {
    let world = World::new();
    let token = world.owner.token.clone().unwrap();
    let bearer = format!("Authorization: Bearer {token}\r\n");
    for (what, request) in [
        ("two hosts", format!("{LIVE}Host: y\r\n")),
        ("the same host twice", format!("{LIVE}Host: x\r\n")),
        ("no host", "GET /health/live HTTP/1.1\r\n".to_owned()),
        ("two origins", format!("{LIVE}Origin: http://x\r\nOrigin: http://evil.example\r\n")),
        ("two tokens", format!("GET /auth/me HTTP/1.1\r\nHost: x\r\n{bearer}{bearer}")),
        ("a websocket's two origins", {
            let head = handshake("/seats", "Origin: http://x\r\nOrigin: http://y\r\n");
            head.trim_end().to_owned() + "\r\n"
        }),
    ] {
        let answer = exchange(world.server.port, &format!("{request}Connection: close\r\n\r\n"));
        let (status, body) = problem(&answer);
        assert_eq!((status, &body["code"]), (400, &"malformed_head".into()), "{what}: {body}");
    }
    let path = "/socket.io/?EIO=4&transport=polling";
    let twice = "Origin: http://x\r\nOrigin: http://y\r\nConnection: close\r\n\r\n";
    let answer = exchange(world.server.port, &format!("GET {path} HTTP/1.1\r\nHost: x\r\n{twice}"));
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.ends_with(r#"{"code":3,"message":"Bad request"}"#), "{answer}");
}

#[test]
fn every_refusal_is_a_problem_document() {
    let world = World::new();
    let long = "a".repeat(20_000);
    for (what, request, status) in [
        ("noise", "\u{1}\u{2}\u{3}\r\n\r\n".to_owned(), 400),
        ("a header without a name", "GET / HTTP/1.1\r\n: x\r\n\r\n".to_owned(), 400),
        ("a head that is too large", format!("GET / HTTP/1.1\r\nX: {long}\r\n\r\n"), 431),
        ("no websocket", "GET /seats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".into(), 400),
        ("a POST to a websocket", handshake("/seats", "").replace("GET ", "POST "), 400),
        ("another version", handshake("/seats", "").replace("Version: 13", "Version: 8"), 426),
        ("a bad token", handshake("/seats?token=x", ""), 401),
        (
            "an unknown address",
            format!("{LIVE}Connection: close\r\n\r\n").replace("live", "dead"),
            404,
        ),
        ("another method", format!("{LIVE}Connection: close\r\n\r\n").replace("GET", "PUT"), 405),
    ] {
        let request = match request.strip_suffix("\r\n") {
            Some(head) if head.contains("Upgrade: websocket") => {
                format!("{}\r\n", head.replace("Connection: Upgrade", "Connection: Upgrade, close"))
            }
            _ => request,
        };
        let answer = exchange(world.server.port, &request);
        let (answered, body) = problem(&answer);
        assert_eq!(answered, status, "{what}: {answer}");
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{what}");
        if status == 426 {
            assert!(answer.to_ascii_lowercase().contains("sec-websocket-version: 13"), "{answer}");
        }
    }
}

#[test]
fn a_browser_that_asks_for_an_unknown_page_gets_a_page() {
    let world = World::new();
    let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    for path in ["/no/such/page", "/assets/nothing.png", "/client/nothing.js"] {
        let answer = world.nobody.send("GET", path, &browser, None);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (404, Some("text/html")),
            "{path}"
        );
        assert!(answer.text().contains("href=\"/\""), "{}", answer.text());
        assert!(answer.header("content-security-policy").is_some());
        world.nobody.get(path).problem(404, "not_found");
    }
    // An address for programs is answered with a problem, even if a browser shows the answer.
    let answer = world.nobody.send("GET", "/routes/nothing", &browser, None);
    answer.problem(400, "validation_failed");
}

/// A frame right after the handshake is not HTTP, whatever bytes it contains.
#[test]
fn a_websocket_begins_with_the_first_byte_behind_its_handshake() {
    let world = World::new();
    let route = world.some_route();
    let subscribe = format!(
        "{{\n\"event\": \"subscribe_route\",\n\n\"data\": {{\"routeId\": \"{}\"}}\n}}",
        id(&route)
    );
    let whole = [handshake("/seats", "").into_bytes(), text(&subscribe)].concat();
    let head = whole.len() - text(&subscribe).len();
    for cut in [head - 1, head, head + 1, head + 9, whole.len()] {
        let mut viewer = RawConnection::open(world.server.port);
        viewer.send(&whole[..cut]);
        world.nobody.get("/health/live").ok(200);
        viewer.send(&whole[cut..]);
        opened(&mut viewer);
        assert!(next_text(&mut viewer).starts_with(r#"{"event":"subscribed""#));
    }
}

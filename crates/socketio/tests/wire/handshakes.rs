//! Which requests become sessions, and how the others are refused.

use crate::client::{Client, Got};
use crate::fixture::Fixture;
use crate::http_client::{get, open, post, request};

#[tokio::test]
async fn a_polling_session_begins_with_an_open_packet() {
    let fixture = Fixture::start().await;
    let answer = get(fixture.port, "EIO=4&transport=polling").await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: text/plain; charset=utf-8"), "{answer:?}");
    let json: serde_json::Value = serde_json::from_str(&answer.body[1..]).unwrap();
    assert_eq!(json["sid"].as_str().unwrap().len(), 20);
    assert_eq!(json["upgrades"], serde_json::json!(["websocket"]));
    assert_eq!(json["pingInterval"], 25_000);
    assert_eq!(json["pingTimeout"], 20_000);
    assert_eq!(json["maxPayload"], 65_536);
    assert_eq!(fixture.server.sessions(), 1);
}

#[tokio::test]
async fn a_websocket_session_begins_with_an_open_packet() {
    let fixture = Fixture::start().await;
    let path = "/socket.io/?EIO=4&transport=websocket";
    let mut client = Client::open(fixture.port, path, "").await;
    let Got::Text(open) = client.next().await else { panic!("no text") };
    let json: serde_json::Value = serde_json::from_str(&open[1..]).unwrap();
    assert_eq!(json["upgrades"], serde_json::json!([]));
}

#[tokio::test]
async fn faults_are_answered_with_the_protocols_bodies() {
    let fixture = Fixture::start().await;
    let table = [
        ("", 0, "Transport unknown"),
        ("EIO=4&transport=abc", 0, "Transport unknown"),
        ("EIO=4&transport=polling&sid=abc", 1, "Session ID unknown"),
        ("EIO=4&transport=websocket", 3, "Bad request"),
        ("EIO=3&transport=polling", 5, "Unsupported protocol version"),
    ];
    for (query, code, message) in table {
        let answer = get(fixture.port, query).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body, format!(r#"{{"code":{code},"message":"{message}"}}"#), "{query}");
    }
    let answer = post(fixture.port, "EIO=4&transport=polling", "").await;
    assert_eq!(answer.body, r#"{"code":2,"message":"Bad handshake method"}"#);
    assert_eq!(fixture.server.sessions(), 0);
}

#[tokio::test]
async fn other_methods_are_refused() {
    let fixture = Fixture::start().await;
    let sid = open(fixture.port).await;
    let head = format!("PUT /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\n");
    assert_eq!(request(fixture.port, &head, "").await.status, 400);
}

#[tokio::test]
async fn a_bad_websocket_handshake_is_refused() {
    let fixture = Fixture::start().await;
    for headers in [
        "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: abc",
        "Sec-WebSocket-Version: 13",
    ] {
        let head = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\n{headers}\r\n"
        );
        assert_eq!(request(fixture.port, &head, "").await.status, 400, "{headers}");
    }
    assert_eq!(fixture.server.sessions(), 0);
}

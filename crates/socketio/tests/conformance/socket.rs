//! Socket.IO: connecting, leaving, events and acknowledgements.

use std::time::{Duration, Instant};

use crate::client::{Got, text};
use crate::fixture::{Fixture, PATIENCE};
use crate::socketio_conformance::{CONNECT_TIMEOUT, PING_INTERVAL};

#[tokio::test]
async fn a_client_connects_to_a_namespace_with_or_without_a_payload() {
    let server = Fixture::socketio().await;
    for (sent, connect, auth) in [
        ("40", "40{", r#"42["auth",{}]"#),
        (r#"40{"token":"123"}"#, "40{", r#"42["auth",{"token":"123"}]"#),
        ("40/custom,", "40/custom,{", r#"42/custom,["auth",{}]"#),
        ("40/custom", "40/custom,{", r#"42/custom,["auth",{}]"#),
        (r#"40/custom,{"token":"abc"}"#, "40/custom,{", r#"42/custom,["auth",{"token":"abc"}]"#),
    ] {
        let (mut client, _) = server.websocket().await;
        client.text(sent).await;
        let Got::Text(got) = client.packet().await else { panic!("no packet") };
        assert!(got.starts_with(connect), "{got}");
        let handshake: serde_json::Value = serde_json::from_str(&got[connect.len() - 1..]).unwrap();
        assert_eq!(handshake.as_object().unwrap().len(), 1);
        assert!(handshake["sid"].is_string());
        assert_eq!(client.packet().await, text(auth));
    }
}

#[tokio::test]
async fn an_unknown_namespace_is_refused() {
    let server = Fixture::socketio().await;
    let (mut client, _) = server.websocket().await;
    client.text("40/random").await;
    assert_eq!(client.packet().await, text(r#"44/random,{"message":"Invalid namespace"}"#));
}

#[tokio::test]
async fn what_is_no_packet_closes_the_connection() {
    let server = Fixture::socketio().await;
    let (mut client, _) = server.websocket().await;
    client.text("4abc").await;
    client.rest().await;
    for packet in ["4abc", "42{}", r#"42abc["message-with-ack",1,"2",{"3":[false]}]"#] {
        let mut client = server.connected().await;
        client.text(packet).await;
        client.rest().await;
    }
}

#[tokio::test]
async fn who_connects_to_no_namespace_is_closed() {
    let server = Fixture::socketio_with((PATIENCE, PATIENCE), CONNECT_TIMEOUT).await;
    let (mut client, _) = server.websocket().await;
    let before = Instant::now();
    loop {
        match client.next().await {
            Got::End => break,
            Got::Close(_) => {}
            other => panic!("unexpected {other:?}"),
        }
    }
    assert!(before.elapsed() >= Duration::from_millis(980));
}

#[tokio::test]
async fn leaving_one_namespace_keeps_the_other() {
    let server = Fixture::socketio().await;
    for leave in ["41/custom", "41/custom,"] {
        let mut client = server.connected().await;
        client.text("40/custom").await;
        client.packet().await;
        client.packet().await;
        client.text(leave).await;
        client.text(r#"42["message","message to main namespace"]"#).await;
        let back = text(r#"42["message-back","message to main namespace"]"#);
        assert_eq!(client.packet().await, back);
    }
}

#[tokio::test]
async fn leaving_the_only_namespace_ends_with_the_connection() {
    // By its heartbeat: until then the client may connect to another one.
    let heartbeat = (PING_INTERVAL, Duration::from_secs(5));
    let server = Fixture::socketio_with(heartbeat, PATIENCE).await;
    let mut client = server.connected().await;
    client.text("41").await;
    client.rest().await;
}

#[tokio::test]
async fn events_and_acknowledgements_carry_any_json() {
    let server = Fixture::socketio().await;
    let mut client = server.connected().await;
    client.text(r#"42["message",1,"2",{"3":[true]}]"#).await;
    assert_eq!(client.packet().await, text(r#"42["message-back",1,"2",{"3":[true]}]"#));
    client.text(r#"42456["message-with-ack",1,"2",{"3":[false]}]"#).await;
    assert_eq!(client.packet().await, text(r#"43456[1,"2",{"3":[false]}]"#));
}

//! From polling to a websocket.

use crate::client::{Client, Got, text};
use crate::fixture::{Fixture, Serve};
use crate::http_client::{get, open, post, session};
use socketio::Config;

async fn probe(fixture: &Fixture, sid: &str) -> Client {
    let path = format!("/socket.io/?EIO=4&transport=websocket&sid={sid}");
    Client::open(fixture.port, &path, "").await
}

async fn upgrade(fixture: &Fixture) {
    let sid = open(fixture.port).await;
    let query = session(&sid);
    post(fixture.port, &query, "40\u{1e}42[\"join\",\"r\"]").await;
    get(fixture.port, &query).await;
    let poll = tokio::spawn({
        let (port, query) = (fixture.port, query.clone());
        async move { get(port, &query).await }
    });
    let mut client = probe(fixture, &sid).await;
    client.text("2probe").await;
    assert_eq!(client.next().await, text("3probe"));
    // The waiting poll is answered with an empty packet, and later packets wait for the new
    // transport.
    assert_eq!(poll.await.unwrap().body, "6");
    fixture.publish("r", 1..=2);
    client.text("5").await;
    assert_eq!(client.next().await, text("42[\"update\",1]"));
    assert_eq!(client.next().await, text("42[\"update\",2]"));
    client.text("42[\"hello\"]").await;
    assert_eq!(client.next().await, text("42[\"hello\"]"));
    assert_eq!(get(fixture.port, &query).await.status, 400);
    assert_eq!(post(fixture.port, &query, "42[\"x\"]").await.status, 400);
    let mut late = probe(fixture, &sid).await;
    assert_eq!(late.rest().await, [Got::Close(Some(1000))]);
    client.text("42[\"still\"]").await;
    assert_eq!(client.next().await, text("42[\"still\"]"));
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_on_a_bare_stream() {
    upgrade(&Fixture::start().await).await;
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_on_any_other_stream() {
    upgrade(&Fixture::with(Config::default(), Serve::Axum).await).await;
}

#[tokio::test]
async fn connecting_right_behind_an_upgrade_knows_the_handshake() {
    let fixture = Fixture::start().await;
    let head =
        "GET /socket.io/?EIO=4&transport=polling&token=q HTTP/1.1\r\nAuthorization: Bearer h\r\n";
    let answer = crate::http_client::request(fixture.port, head, "").await;
    let mut client = probe(&fixture, &crate::http_client::sid(&answer.body)).await;
    // All in one segment.
    let packets = ["2probe", "5", "40{\"a\":1}"];
    let frames: Vec<u8> =
        packets.iter().flat_map(|text| crate::client::frame(0x81, text.as_bytes())).collect();
    client.raw(&frames).await;
    assert_eq!(client.next().await, text("3probe"));
    assert!(matches!(client.next().await, Got::Text(connect) if connect.starts_with("40{")));
    let welcome = r#"42["welcome","{\"a\":1} Some(\"h\") Some(\"q\") true"]"#;
    assert_eq!(client.next().await, text(welcome));
}

#[tokio::test]
async fn a_failed_probe_leaves_the_session_as_it_was() {
    let fixture = Fixture::start().await;
    let sid = open(fixture.port).await;
    for wrong in ["2", "40", "5", "x"] {
        let mut client = probe(&fixture, &sid).await;
        client.text(wrong).await;
        assert_eq!(client.rest().await, [Got::Close(Some(1000))], "{wrong}");
    }
    let query = session(&sid);
    assert_eq!(post(fixture.port, &query, "40").await.body, "ok");
    assert!(get(fixture.port, &query).await.body.starts_with("40{"));
}

//! Messages of Engine.IO: text and bytes on both transports.

use crate::client::{Got, frame, text};
use crate::fixture::Fixture;
use crate::http::answer;

#[tokio::test]
async fn packets_come_back_from_a_poll_as_they_were_posted() {
    let server = Fixture::engine().await;
    for body in [
        "4hello",
        "4€uro",
        "4",
        "4test1\u{1e}4test2\u{1e}4test3",
        "4hello\u{1e}bAQIDBA==",
        "bAQIDBA==\u{1e}b\u{1e}4after",
    ] {
        let sid = server.http().sid().await;
        assert_eq!(server.http().post(&sid, body).await, answer(200, "ok"));
        assert_eq!(server.http().poll(&sid).await, answer(200, body));
    }
}

#[tokio::test]
async fn an_invalid_packet_ends_a_polling_session() {
    let server = Fixture::engine().await;
    for body in ["abc", "b*", "", "4a\u{1e}", "\u{1e}4a", "2", "7"] {
        let sid = server.http().sid().await;
        assert_eq!(server.http().post(&sid, body).await.status, 400, "{body}");
        assert_eq!(server.http().poll(&sid).await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn messages_come_back_on_a_websocket() {
    let server = Fixture::engine().await;
    let (mut client, _) = server.websocket().await;
    client.text("4hello").await;
    assert_eq!(client.packet().await, text("4hello"));
    for len in [0, 4, 70_000] {
        let bytes: Vec<u8> = (0..=255).cycle().take(len).collect();
        client.raw(&frame(0x82, &bytes)).await;
        assert_eq!(client.packet().await, Got::Binary(bytes));
    }
}

#[tokio::test]
async fn an_invalid_packet_ends_a_websocket() {
    let server = Fixture::engine().await;
    for packet in ["abc", "", "2", "7"] {
        let (mut client, _) = server.websocket().await;
        client.text(packet).await;
        assert_eq!(client.rest().await, [Got::Close(Some(1002))], "{packet}");
    }
}

#[tokio::test]
async fn bytes_that_wait_for_an_upgrade_come_behind_it_in_order() {
    let server = Fixture::engine().await;
    let sid = server.http().sid().await;
    server.http().post(&sid, "4one\u{1e}bAQI=\u{1e}4two").await;
    let mut client = server.probe(&sid).await;
    client.text("2probe").await;
    assert_eq!(client.next().await, text("3probe"));
    client.text("5").await;
    assert_eq!(client.packet().await, text("4one"));
    assert_eq!(client.packet().await, Got::Binary(vec![1, 2]));
    assert_eq!(client.packet().await, text("4two"));
}

#[tokio::test]
async fn the_payload_limit_is_what_the_client_was_told() {
    let server = Fixture::engine().await;
    let sid = server.http().sid().await;
    let body = format!("4{}", "x".repeat(999_999));
    assert_eq!(server.http().post(&sid, &body).await, answer(200, "ok"));
    assert!(server.http().poll(&sid).await == answer(200, &body), "not what was sent");
    assert_eq!(server.http().post(&sid, &(body.clone() + "x")).await.status, 413);
    let (mut client, _) = server.websocket().await;
    client.text(&body).await;
    assert!(client.packet().await == text(&body), "not what was sent");
    client.text(&"4".repeat(1_000_001)).await;
    assert_eq!(client.rest().await.last(), Some(&Got::Close(Some(1009))));
}

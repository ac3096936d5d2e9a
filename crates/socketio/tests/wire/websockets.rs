//! The websocket protocol itself, as far as a peer can see it.

use crate::client::{Client, Got, frame, text};
use crate::fixture::{Fixture, Serve};
use socketio::Config;

#[tokio::test]
async fn fragments_and_control_frames_may_mix() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    client.raw(&frame(0x01, b"42[\"gu")).await;
    client.raw(&frame(0x89, b"hi")).await;
    assert_eq!(client.next().await, Got::Pong(b"hi".to_vec()));
    client.raw(&frame(0x00, "l\",\"ü".as_bytes())).await;
    client.raw(&frame(0x80, b"\"]")).await;
    assert_eq!(client.next().await, text("42[\"gul\",\"ü\"]"));
}

#[tokio::test]
async fn bytes_may_come_one_by_one() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    for byte in frame(0x81, b"42[\"slowly\",1]") {
        client.raw(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.next().await, text("42[\"slowly\",1]"));
}

#[tokio::test]
async fn a_goodbye_is_answered_with_its_code_and_reason() {
    let fixture = Fixture::start().await;
    for (payload, code, reason) in
        [(&b""[..], None, ""), (b"\x03\xe8bye", Some(1000), "bye"), (b"\x0f\xa0", Some(4000), "")]
    {
        let mut client = Client::connected(fixture.port).await;
        client.raw(&frame(0x88, payload)).await;
        assert_eq!(client.rest().await, [Got::Close(code)]);
        assert_eq!(client.reason, reason);
    }
    fixture.log.has("/ Closed(Peer)").await;
}

#[tokio::test]
async fn what_breaks_the_rules_is_closed_with_a_reason() {
    let table: [(Vec<u8>, u16); 8] = [
        (vec![0x81, 0x02, b'4', b'2'], 1002),
        (frame(0xC1, b"42"), 1002),
        (frame(0x83, b"42"), 1002),
        (frame(0x80, b"42"), 1002),
        (frame(0x81, b"42[\"\xff\"]"), 1007),
        (frame(0x82, b"bytes"), 1002),
        (vec![0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 1], 1009),
        (frame(0x88, b"\x03\xec"), 1002),
    ];
    for serve in [Serve::Bare, Serve::Axum] {
        let fixture = Fixture::with(Config::default(), serve).await;
        for (bytes, code) in &table {
            let mut client = Client::connected(fixture.port).await;
            client.raw(bytes).await;
            assert_eq!(client.rest().await, [Got::Close(Some(*code))], "{bytes:x?}");
            assert!(!client.reason.is_empty(), "{bytes:x?} is told why");
        }
    }
}

#[tokio::test]
async fn the_largest_message_is_taken() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    let message = format!("42[\"x\",\"{}\"]", "y".repeat(65_536 - 10));
    assert_eq!(message.len(), 65_536);
    client.text(&message).await;
    assert_eq!(client.next().await, text(&message));
    client.text(&(message + " ")).await;
    assert_eq!(client.rest().await, [Got::Close(Some(1009))]);
}

#[tokio::test]
async fn a_flood_of_small_messages_is_handled_in_order() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    let frames: Vec<u8> = (0..2_000)
        .flat_map(|number| frame(0x81, format!("42[\"n\",{number}]").as_bytes()))
        .collect();
    client.raw(&frames).await;
    for number in 0..2_000 {
        assert_eq!(client.next().await, text(&format!("42[\"n\",{number}]")));
    }
}

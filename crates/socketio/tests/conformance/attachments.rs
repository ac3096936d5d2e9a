//! Bytes in Socket.IO packets, in both directions and on both transports.

use crate::client::{Client, Got, frame, text};
use crate::fixture::{Fixture, PATIENCE, PINGS};
use crate::http::answer;

const TWO: &str = r#"{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}"#;

/// Binary messages.
type Bytes<'a> = &'a [&'a [u8]];

async fn binary(client: &mut Client, bytes: &[u8]) {
    client.raw(&frame(0x82, bytes)).await;
}

#[tokio::test]
async fn an_event_with_bytes_comes_back() {
    let server = Fixture::socketio().await;
    let mut client = server.connected().await;
    client.text(&format!(r#"452-["message",{TWO}]"#)).await;
    binary(&mut client, &[1, 2, 3]).await;
    binary(&mut client, &[4, 5, 6]).await;
    assert_eq!(client.packet().await, text(&format!(r#"452-["message-back",{TWO}]"#)));
    assert_eq!(client.packet().await, Got::Binary(vec![1, 2, 3]));
    assert_eq!(client.packet().await, Got::Binary(vec![4, 5, 6]));
}

#[tokio::test]
async fn an_event_with_bytes_is_acknowledged_with_bytes() {
    let server = Fixture::socketio().await;
    let mut client = server.connected().await;
    client.text(&format!(r#"452-789["message-with-ack",{TWO}]"#)).await;
    binary(&mut client, &[1, 2, 3]).await;
    binary(&mut client, &[4, 5, 6]).await;
    assert_eq!(client.packet().await, text(&format!("462-789[{TWO}]")));
    assert_eq!(client.packet().await, Got::Binary(vec![1, 2, 3]));
    assert_eq!(client.packet().await, Got::Binary(vec![4, 5, 6]));
}

#[tokio::test]
async fn bytes_travel_in_polls_too_also_over_several_bodies() {
    let server = Fixture::socketio().await;
    let sid = server.http().sid().await;
    server.http().post(&sid, "40/custom,").await;
    server.http().poll(&sid).await;
    let head = format!(r#"452-/custom,["message",{TWO}]"#);
    assert_eq!(server.http().post(&sid, &(head + "\u{1e}bAQI=")).await, answer(200, "ok"));
    assert_eq!(server.http().post(&sid, "bAwQ=\u{1e}42/custom,[\"message\"]").await.status, 200);
    let back = format!(
        "452-/custom,[\"message-back\",{TWO}]\u{1e}bAQI=\u{1e}bAwQ=\u{1e}42/custom,[\"message-back\"]"
    );
    let got = server.http().poll(&sid).await.body;
    assert_eq!(got.trim_start_matches("2\u{1e}"), back);
}

#[tokio::test]
async fn a_ping_may_stand_between_attachments() {
    let server = Fixture::socketio_with(PINGS, PATIENCE).await;
    let mut client = server.connected().await;
    client.text(r#"451-["message",{"_placeholder":true,"num":0}]"#).await;
    assert_eq!(client.next().await, text("2"));
    client.text("3").await;
    binary(&mut client, b"x").await;
    let back = r#"451-["message-back",{"_placeholder":true,"num":0}]"#;
    assert_eq!(client.packet().await, text(back));
    assert_eq!(client.packet().await, Got::Binary(b"x".to_vec()));
}

#[tokio::test]
async fn a_header_that_announces_nothing_is_an_event() {
    let server = Fixture::socketio().await;
    let mut client = server.connected().await;
    client.text(r#"450-["message",1]"#).await;
    assert_eq!(client.packet().await, text(r#"42["message-back",1]"#));
}

#[tokio::test]
async fn wrong_counts_and_orders_close_the_connection() {
    let server = Fixture::socketio().await;
    let one = r#"451-["message",{"_placeholder":true,"num":0}]"#;
    let big = vec![0; 600_000];
    let table: [(&[&str], Bytes<'_>, u16); 7] = [
        // Bytes that were not announced; more bytes than were announced.
        (&[], &[b"x"], 1002),
        (&[r#"450-["message"]"#], &[b"x"], 1002),
        // Another packet while bytes are still to come.
        (&[one, r#"42["message"]"#], &[], 1002),
        // A placeholder for a missing attachment; too many attachments; too many bytes.
        (&[r#"451-["message",{"_placeholder":true,"num":1}]"#], &[b"x"], 1002),
        (&[r#"4517-["message"]"#], &[], 1009),
        (&[r#"452-["message"]"#], &[&big, &big], 1009),
        // Not the form of a header.
        (&[r#"45-["message"]"#], &[], 1002),
    ];
    for (texts, bytes, code) in table {
        let mut client = server.connected().await;
        for packet in texts {
            client.text(packet).await;
        }
        for bytes in bytes {
            binary(&mut client, bytes).await;
        }
        assert_eq!(client.rest().await.last(), Some(&Got::Close(Some(code))), "{texts:?}");
    }
}

#[tokio::test]
async fn an_acknowledgement_that_nobody_waits_for_is_ignored() {
    let server = Fixture::socketio().await;
    let mut client = server.connected().await;
    client.text("4399[1]").await;
    client.text(r#"461-99[{"_placeholder":true,"num":0}]"#).await;
    binary(&mut client, b"x").await;
    client.text(r#"42["message"]"#).await;
    assert_eq!(client.packet().await, text(r#"42["message-back"]"#));
}

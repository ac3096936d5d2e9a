//! Pings, pongs and deadlines. The times are short, and the tests wait only for what must happen.

use std::time::Duration;

use crate::client::{Client, Got, frame, text};
use crate::fixture::{Fixture, Serve, wait_until};
use crate::http_client::{get, open, post, session};
use socketio::Config;

/// The close of a client that is closed and may try again.
const COME_AGAIN: Got = Got::Close(Some(1013));

async fn quick() -> Fixture {
    let config = Config {
        ping_interval: Duration::from_millis(60),
        ping_timeout: Duration::from_millis(400),
        ..Config::default()
    };
    Fixture::with(config, Serve::Bare).await
}

#[tokio::test]
async fn a_client_that_answers_stays() {
    let fixture = quick().await;
    let mut client = Client::connected(fixture.port).await;
    for _ in 0..12 {
        assert_eq!(client.next().await, text("2"));
        client.text("3").await;
    }
    client.text("42[\"here\"]").await;
    assert!(matches!(client.next().await, Got::Text(got) if got == "2" || got == "42[\"here\"]"));
}

#[tokio::test]
async fn a_client_that_does_not_answer_is_gone() {
    let fixture = quick().await;
    let mut client = Client::connected(fixture.port).await;
    assert_eq!(client.rest().await, [text("2"), COME_AGAIN]);
    fixture.log.has("/ Closed(Timeout)").await;
    assert_eq!(fixture.hub.stats().viewers, 0);
}

#[tokio::test]
async fn a_polling_client_is_pinged_and_dropped_in_the_same_way() {
    let fixture = quick().await;
    let query = session(&open(fixture.port).await);
    for _ in 0..3 {
        assert_eq!(get(fixture.port, &query).await.body, "2");
        assert_eq!(post(fixture.port, &query, "3").await.body, "ok");
    }
    wait_until(|| fixture.server.sessions() == 0).await;
    assert_eq!(get(fixture.port, &query).await.status, 400);
}

#[tokio::test]
async fn a_session_must_connect_in_time() {
    let config = Config { connect_timeout: Duration::from_millis(50), ..Config::default() };
    let fixture = Fixture::with(config, Serve::Bare).await;
    let mut client = Client::connected(fixture.port).await;
    // A later, silent client is gone, so the first one's time has passed too.
    let mut silent = Client::session(fixture.port).await;
    assert_eq!(silent.rest().await, [COME_AGAIN]);
    client.text("42[\"here\"]").await;
    assert_eq!(client.next().await, text("42[\"here\"]"));
}

#[tokio::test]
async fn a_websocket_ping_is_no_heartbeat_of_a_session() {
    let fixture = quick().await;
    let mut client = Client::connected(fixture.port).await;
    client.raw(&frame(0x8A, b"")).await;
    assert_eq!(client.rest().await, [text("2"), COME_AGAIN]);
}

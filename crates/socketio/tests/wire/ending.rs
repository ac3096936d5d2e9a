//! Stopping the server.

use std::time::Duration;

use crate::client::{Client, Got};
use crate::fixture::{Fixture, Serve};
use crate::http_client::{get, open, poll_that_waits, post, session};
use socketio::Config;

#[tokio::test]
async fn everyone_is_told_that_the_server_goes_away() {
    for serve in [Serve::Bare, Serve::Axum] {
        let fixture = Fixture::with(Config::default(), serve).await;
        let mut client = Client::connected(fixture.port).await;
        let query = session(&open(fixture.port).await);
        post(fixture.port, &query, "40").await;
        get(fixture.port, &query).await;
        let poll = poll_that_waits(fixture.port, &query).await;
        let stopping = tokio::spawn({
            let server = fixture.server.clone();
            async move { server.shutdown().await }
        });
        // Only the transport ends; after a DISCONNECT packet the client would not connect again.
        assert_eq!(client.rest().await, [Got::Close(Some(1001))]);
        assert_eq!(poll.await.unwrap().body, "1");
        drop(client);
        stopping.await.unwrap();
        assert_eq!(fixture.server.sessions(), 0);
        assert_eq!(get(fixture.port, "EIO=4&transport=polling").await.status, 503);
    }
}

#[tokio::test]
async fn a_peer_that_does_not_answer_delays_the_end_only_so_long() {
    let config = Config {
        close_timeout: Duration::from_millis(50),
        shutdown_timeout: Duration::from_secs(10),
        ..Config::default()
    };
    let fixture = Fixture::with(config, Serve::Bare).await;
    let client = Client::connected(fixture.port).await;
    tokio::time::timeout(Duration::from_secs(5), fixture.server.shutdown()).await.unwrap();
    assert_eq!(fixture.server.sessions(), 0);
    drop(client);
}

#[tokio::test]
async fn who_was_given_up_is_told_to_come_again_if_its_socket_takes_it() {
    for serve in [Serve::Bare, Serve::Axum] {
        let fixture = Fixture::with(Config::default(), serve).await;
        let mut client = Client::connected(fixture.port).await;
        // One frame that no outbox may hold: not a byte of it was written.
        client.text("42[\"huge\",1]").await;
        assert_eq!(client.rest().await, [Got::Close(Some(1013))]);
        fixture.log.has("/ Closed(Outbox)").await;
    }
}

#[tokio::test]
async fn nothing_is_said_in_the_middle_of_a_frame() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    // More than the sockets hold, to a client that does not read.
    client.text("42[\"huge\",200]").await;
    fixture.log.has("/ Closed(Outbox)").await;
    let mut last = None;
    loop {
        match client.next().await {
            Got::End => break,
            got => last = Some(got),
        }
    }
    // The last frame is whole and not a close; the cut one is followed by the end.
    assert!(matches!(last, Some(Got::Text(text)) if text.starts_with("42[\"huge\"")));
}

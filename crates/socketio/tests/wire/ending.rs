//! Stopping the server.

use std::time::Duration;

use crate::client::{Client, Got};
use crate::fixture::{Fixture, Serve};
use crate::http_client::{get, open, post, session};
use socketio::Config;

#[tokio::test]
async fn everyone_is_told_that_the_server_goes_away() {
    for serve in [Serve::Bare, Serve::Axum] {
        let fixture = Fixture::with(Config::default(), serve).await;
        let mut client = Client::connected(fixture.port).await;
        let query = session(&open(fixture.port).await);
        post(fixture.port, &query, "40").await;
        get(fixture.port, &query).await;
        let poll = tokio::spawn({
            let (port, query) = (fixture.port, query.clone());
            async move { get(port, &query).await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        let stopping = tokio::spawn({
            let server = fixture.server.clone();
            async move { server.shutdown().await }
        });
        // Only the transport ends; a DISCONNECT packet would keep the client from coming back.
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

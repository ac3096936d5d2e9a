//! HTTP long polling.

use crate::fixture::{Fixture, wait_until};
use crate::http_client::{get, open, poll_that_waits, post, session};
use socketio::Config;

#[tokio::test]
async fn packets_go_both_ways_and_are_batched() {
    let fixture = Fixture::start().await;
    let query = session(&open(fixture.port).await);
    let answer = post(fixture.port, &query, "40").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
    let body = get(fixture.port, &query).await.body;
    let packets: Vec<&str> = body.split('\u{1e}').collect();
    assert!(packets[0].starts_with("40{"), "{body}");
    assert!(packets[1].starts_with("42[\"welcome\""), "{body}");
    post(fixture.port, &query, "42[\"a\",1]\u{1e}421[\"b\",\"gül\"]").await;
    let body = get(fixture.port, &query).await.body;
    assert_eq!(body, "42[\"a\",1]\u{1e}42[\"b\",\"gül\"]\u{1e}431[\"gül\"]");
}

#[tokio::test]
async fn a_poll_waits_until_there_is_something() {
    let fixture = Fixture::start().await;
    let query = session(&open(fixture.port).await);
    let poll = tokio::spawn({
        let (port, query) = (fixture.port, query.clone());
        async move { get(port, &query).await }
    });
    post(fixture.port, &query, "40").await;
    assert!(poll.await.unwrap().body.starts_with("40{"));
}

#[tokio::test]
async fn a_second_poll_ends_the_session() {
    let fixture = Fixture::start().await;
    let query = session(&open(fixture.port).await);
    let first = tokio::spawn({
        let (port, query) = (fixture.port, query.clone());
        async move { get(port, &query).await }
    });
    let mut second = get(fixture.port, &query).await;
    // The second of the two is the one that is refused.
    let mut first = first.await.unwrap();
    if first.status == 400 {
        std::mem::swap(&mut first, &mut second);
    }
    assert_eq!((first.status, first.body.as_str()), (200, "1"));
    assert_eq!(second.status, 400);
    assert_eq!(get(fixture.port, &query).await.status, 400);
    assert_eq!(fixture.server.sessions(), 0);
}

#[tokio::test]
async fn a_client_that_hangs_up_its_poll_is_gone() {
    let fixture = Fixture::start().await;
    let query = session(&open(fixture.port).await);
    let poll = poll_that_waits(fixture.port, &query).await;
    assert_eq!(fixture.server.sessions(), 1);
    poll.abort();
    wait_until(|| fixture.server.sessions() == 0).await;
}

#[tokio::test]
async fn a_broken_packet_ends_the_session() {
    for body in ["abc", "4abc", "42{}", "2", "42[\"connect\"]", "", "b!!"] {
        let fixture = Fixture::start().await;
        let query = session(&open(fixture.port).await);
        post(fixture.port, &query, "40").await;
        assert_eq!(post(fixture.port, &query, body).await.status, 400, "{body}");
        assert_eq!(get(fixture.port, &query).await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let config = Config { max_payload: 100, ..Config::default() };
    let fixture = Fixture::with(config, crate::fixture::Serve::Bare).await;
    let query = session(&open(fixture.port).await);
    assert_eq!(post(fixture.port, &query, &"4".repeat(101)).await.status, 413);
    let head = format!("POST /socket.io/?{query} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n");
    let chunked = format!("65\r\n{}\r\n0\r\n\r\n", "4".repeat(101));
    assert_eq!(crate::http_client::request(fixture.port, &head, &chunked).await.status, 413);
    assert_eq!(post(fixture.port, &query, "40").await.status, 200);
}

#[tokio::test]
async fn a_client_that_closes_gets_its_poll_back() {
    let fixture = Fixture::start().await;
    let query = session(&open(fixture.port).await);
    post(fixture.port, &query, "40").await;
    get(fixture.port, &query).await;
    let poll = poll_that_waits(fixture.port, &query).await;
    assert_eq!(post(fixture.port, &query, "1").await.body, "ok");
    assert_eq!(poll.await.unwrap().body, "6");
    fixture.log.has("/ Closed(Peer)").await;
    assert_eq!(get(fixture.port, &query).await.status, 400);
}

#[tokio::test]
async fn events_of_rooms_come_with_polls() {
    let fixture = Fixture::start().await;
    let query = session(&open(fixture.port).await);
    post(fixture.port, &query, "40\u{1e}42[\"join\",\"r\"]").await;
    get(fixture.port, &query).await;
    fixture.publish("r", 1..=2);
    assert_eq!(get(fixture.port, &query).await.body, "42[\"update\",1]\u{1e}42[\"update\",2]");
}

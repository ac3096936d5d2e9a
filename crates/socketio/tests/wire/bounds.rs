//! What a client sees at each bound. Those of attachments are in the conformance tests, the bound
//! of answers that are owed in `asking`, those of messages in `websockets` and `polls`.

use std::num::NonZeroU32;
use std::time::Duration;

use rooms::Limits;
use socketio::{Config, Pace};

use crate::client::{Client, Got, text};
use crate::fixture::{Fixture, Serve, wait_until};
use crate::http_client::{get, open, post, request, session};

const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";

#[tokio::test]
async fn one_namespace_too_many_is_refused_and_the_others_stay() {
    let config = Config { namespaces_per_session_max: 1, ..Config::default() };
    let fixture = Fixture::with(config, Serve::Bare).await;
    let mut client = Client::connected(fixture.port).await;
    client.text("40/custom,").await;
    assert_eq!(client.next().await, text(r#"44/custom,{"message":"Too many namespaces"}"#));
    client.text("42[\"still\"]").await;
    assert_eq!(client.next().await, text("42[\"still\"]"));
    client.text("41").await;
    client.text("40/custom,").await;
    assert!(matches!(client.next().await, Got::Text(got) if got.starts_with("40/custom,{\"sid\"")));
}

#[tokio::test]
async fn one_room_too_many_is_refused_and_the_others_stay() {
    let limits = Limits { rooms_per_viewer_max: 2, ..Limits::default() };
    let fixture = Fixture::bounded(Config::default(), limits, Serve::Bare).await;
    let mut client = Client::connected(fixture.port).await;
    for (room, answer) in [
        ("a", "42[\"joined\",0]"),
        ("b", "42[\"joined\",0]"),
        ("c", "42[\"error\",\"the viewer is in too many rooms\"]"),
        // To join it again does not count.
        ("a", "42[\"joined\",0]"),
    ] {
        client.text(&format!("42[\"join\",\"{room}\"]")).await;
        assert_eq!(client.next().await, text(answer), "{room}");
    }
    fixture.publish("c", 1..=1);
    fixture.publish("b", 1..=1);
    assert_eq!(client.next().await, text("42[\"update\",1]"));
}

#[tokio::test]
async fn one_session_too_many_may_come_again_later() {
    let config = Config { sessions_max: 1, ..Config::default() };
    let fixture = Fixture::with(config, Serve::Bare).await;
    let client = Client::connected(fixture.port).await;
    let refused = get(fixture.port, "EIO=4&transport=polling").await;
    assert_eq!(refused.status, 503);
    assert!(refused.head.contains("retry-after: 1"), "{refused:?}");
    assert_eq!(Client::status(fixture.port, WEBSOCKET).await, 503);
    drop(client);
    wait_until(|| fixture.server.sessions() == 0).await;
    open(fixture.port).await;
}

#[tokio::test]
async fn one_viewer_too_many_may_come_again_later() {
    let limits = Limits { viewers_max: 1, ..Limits::default() };
    let fixture = Fixture::bounded(Config::default(), limits, Serve::Bare).await;
    let client = Client::connected(fixture.port).await;
    assert_eq!(get(fixture.port, "EIO=4&transport=polling").await.status, 503);
    drop(client);
    wait_until(|| fixture.hub.stats().viewers == 0).await;
    open(fixture.port).await;
}

#[tokio::test]
async fn who_joins_nothing_makes_room_for_who_comes_later() {
    let config = Config { sessions_max: 5, unjoined_max: 3, ..Config::default() };
    let fixture = Fixture::with(config, Serve::Bare).await;
    let joined = session(&open(fixture.port).await);
    assert_eq!(post(fixture.port, &joined, "40").await.body, "ok");
    let mut idle = Client::session(fixture.port).await;
    let mut handshakes = Vec::new();
    for _ in 0..10 {
        handshakes.push(session(&open(fixture.port).await));
    }
    assert_eq!(idle.rest().await, [Got::Close(Some(1013))], "the oldest goes first");
    let gone = get(fixture.port, &handshakes[6]).await;
    assert_eq!((gone.status, gone.body.contains("Session ID unknown")), (400, true));
    for handshake in &handshakes[7..] {
        assert_eq!(post(fixture.port, handshake, "40/nowhere").await.body, "ok");
    }
    assert_eq!(fixture.server.sessions(), 4);
    assert!(get(fixture.port, &joined).await.body.starts_with("40{"), "who has joined stays");
    // At the bound of all too: one that is refused goes on waiting, and is closed for one that
    // joins.
    let second = session(&open(fixture.port).await);
    assert_eq!(post(fixture.port, &second, "40").await.body, "ok");
    let mut third = Client::connected(fixture.port).await;
    third.text("42[\"here\"]").await;
    assert_eq!(third.next().await, text("42[\"here\"]"));
    assert_eq!(get(fixture.port, &handshakes[7]).await.status, 400);
}

#[tokio::test]
async fn viewers_that_join_nothing_make_room_too() {
    let limits = Limits { viewers_max: 2, ..Limits::default() };
    let fixture = Fixture::bounded(Config::default(), limits, Serve::Bare).await;
    let idle = session(&open(fixture.port).await);
    let _one = Client::connected(fixture.port).await;
    let mut two = Client::connected(fixture.port).await;
    two.text("42[\"here\"]").await;
    assert_eq!(two.next().await, text("42[\"here\"]"));
    assert_eq!(get(fixture.port, &idle).await.status, 400);
    assert_eq!(get(fixture.port, "EIO=4&transport=polling").await.status, 503);
}

fn paced(messages: u32) -> Config {
    let messages = NonZeroU32::new(messages).unwrap();
    Config { messages: Some(Pace::new(messages, Duration::from_secs(3_600))), ..Config::default() }
}

#[tokio::test]
async fn messages_beyond_the_bound_are_answered_and_a_flood_is_closed() {
    let fixture = Fixture::with(paced(3), Serve::Bare).await;
    let mut client = Client::connected(fixture.port).await;
    for name in ["a", "b"] {
        client.text(&format!("42[\"{name}\"]")).await;
        assert_eq!(client.next().await, text(&format!("42[\"{name}\"]")));
    }
    client.text("427[\"c\"]").await;
    assert_eq!(client.next().await, text("42[\"refused\"]"));
    assert_eq!(client.next().await, text("437[]"));
    client.text("40/custom,").await;
    assert_eq!(client.next().await, text(r#"44/custom,{"message":"Too many messages"}"#));
    for _ in 0..40 {
        client.text("42[\"flood\"]").await;
    }
    let all = client.rest().await;
    let refused = all.iter().filter(|got| **got == text("42[\"refused\"]")).count();
    assert_eq!(refused, 3 * 10 - 2);
    assert_eq!(all.last(), Some(&Got::Close(Some(1008))));
    assert_eq!(client.reason, "too many messages");
}

#[tokio::test]
async fn who_leaves_is_not_held_up_and_polling_is_paced_too() {
    let fixture = Fixture::with(paced(1), Serve::Bare).await;
    let query = session(&open(fixture.port).await);
    assert_eq!(post(fixture.port, &query, "40\u{1e}42[\"a\"]\u{1e}41").await.body, "ok");
    fixture.log.has("/ ByClient").await;
    let query = session(&open(fixture.port).await);
    let flood = format!("40{}", "\u{1e}42[\"a\"]".repeat(12));
    assert_eq!(post(fixture.port, &query, &flood).await.status, 400);
    fixture.log.has("/ Closed(Protocol)").await;
}

#[tokio::test]
async fn who_begins_an_upgrade_and_does_not_finish_loses_only_that() {
    let config = Config {
        upgrade_timeout: Duration::from_millis(300),
        upgrades_max: 1,
        ..Config::default()
    };
    let fixture = Fixture::with(config, Serve::Bare).await;
    let sid = open(fixture.port).await;
    for said in [&["2probe"][..], &[]] {
        let mut slow = Client::open(fixture.port, &format!("{WEBSOCKET}&sid={sid}"), "").await;
        for said in said {
            slow.text(said).await;
            assert_eq!(slow.next().await, text("3probe"));
        }
        // It has the one place that there is, until its time is over.
        assert_eq!(Client::status(fixture.port, WEBSOCKET).await, 503);
        assert_eq!(slow.rest().await, [Got::Close(Some(1000))]);
    }
    let query = session(&sid);
    assert_eq!(post(fixture.port, &query, "40").await.body, "ok");
    assert!(get(fixture.port, &query).await.body.starts_with("40{"));
    Client::connected(fixture.port).await;
}

#[tokio::test]
async fn a_poll_takes_only_so_much_and_the_next_one_goes_on() {
    let config = Config { poll_bytes_max: 30, ..Config::default() };
    let fixture = Fixture::with(config, Serve::Bare).await;
    let query = session(&open(fixture.port).await);
    post(fixture.port, &query, "40").await;
    let mut got = get(fixture.port, &query).await.body;
    while !got.contains("welcome") {
        got = get(fixture.port, &query).await.body;
    }
    let long = format!("42[\"long\",\"{}\"]", "x".repeat(100));
    post(fixture.port, &query, &format!("42[\"a\",1]\u{1e}42[\"b\",2]\u{1e}{long}\u{1e}42[\"c\"]"))
        .await;
    assert_eq!(get(fixture.port, &query).await.body, "42[\"a\",1]\u{1e}42[\"b\",2]");
    // One packet is sent with any size.
    assert_eq!(get(fixture.port, &query).await.body, long);
    assert_eq!(get(fixture.port, &query).await.body, "42[\"c\"]");
}

#[tokio::test]
async fn a_client_that_does_not_poll_is_given_up_when_too_much_waits_for_it() {
    let fixture = Fixture::start().await;
    let query = session(&open(fixture.port).await);
    post(fixture.port, &query, "40").await;
    post(fixture.port, &query, "42[\"huge\",200]").await;
    fixture.log.has("/ Closed(Outbox)").await;
    let gone = get(fixture.port, &query).await;
    let unknown = r#"{"code":1,"message":"Session ID unknown"}"#;
    assert_eq!((gone.status, gone.body.as_str()), (400, unknown));
}

#[tokio::test]
async fn only_one_body_at_a_time_is_taken() {
    let fixture = Fixture::start().await;
    let query = session(&open(fixture.port).await);
    post(fixture.port, &query, "40").await;
    let slow = tokio::spawn({
        let (port, query) = (fixture.port, query.clone());
        async move { post(port, &query, "42[\"slow\"]\u{1e}42[\"slow\"]\u{1e}42[\"slow\"]").await }
    });
    // The second one finds the place taken.
    let head = format!("POST /socket.io/?{query} HTTP/1.1\r\nContent-Length: 11\r\n");
    let other = request(fixture.port, &head, "42[\"slow\"]\u{1e}").await;
    let statuses = [slow.await.unwrap().status, other.status];
    assert!(statuses.contains(&400), "{statuses:?}");
    assert_eq!(get(fixture.port, &query).await.status, 400);
    assert_eq!(fixture.server.sessions(), 0);
}

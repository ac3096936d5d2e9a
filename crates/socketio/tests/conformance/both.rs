//! Engine.IO as both servers must speak it: handshakes, heartbeats, closing, upgrades.

use std::time::{Duration, Instant};

use crate::client::{Client, Got, text};
use crate::engine_conformance::{PING_INTERVAL, PING_TIMEOUT};
use crate::fixture::{Fixture, Heartbeat, PATIENCE, PINGS};
use crate::http::{FOREIGN, answer};

/// A ping interval and the time for its answer, less what a clock of 10 ms may be off.
const GONE_AFTER: Duration = Duration::from_millis(300 + 200 - 20);

/// As the official suites expect it.
const SHORT: Heartbeat = (PING_INTERVAL, PING_TIMEOUT);

/// The first ping comes when the upgrade is over.
const PING_AFTER_UPGRADE: Heartbeat = (Duration::from_secs(5), PATIENCE);

async fn both() -> [Fixture; 2] {
    [Fixture::engine().await, Fixture::socketio().await]
}

async fn both_with(heartbeat: Heartbeat) -> [Fixture; 2] {
    let socketio = Fixture::socketio_with(heartbeat, PATIENCE).await;
    [Fixture::engine_with(heartbeat).await, socketio]
}

fn check_open_packet(packet: &str, upgrades: &serde_json::Value) {
    assert!(packet.starts_with('0'), "{packet}");
    let open: serde_json::Value = serde_json::from_str(&packet[1..]).unwrap();
    let mut keys: Vec<&str> = open.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["maxPayload", "pingInterval", "pingTimeout", "sid", "upgrades"]);
    assert!(open["sid"].is_string());
    assert_eq!(&open["upgrades"], upgrades);
    assert_eq!((&open["pingInterval"], &open["pingTimeout"]), (&300.into(), &200.into()));
    assert_eq!(open["maxPayload"], 1_000_000);
}

#[tokio::test]
async fn sessions_open_on_both_transports() {
    for server in both_with(SHORT).await {
        check_open_packet(&server.http().open().await, &serde_json::json!(["websocket"]));
        let (_client, open) = server.websocket().await;
        check_open_packet(&open, &serde_json::json!([]));
    }
}

#[tokio::test]
async fn requests_that_make_no_session_are_refused_with_a_code() {
    for server in both().await {
        for (method, query, body) in [
            ("GET", "transport=polling", r#"{"code":5,"message":"Unsupported protocol version"}"#),
            (
                "GET",
                "EIO=abc&transport=polling",
                r#"{"code":5,"message":"Unsupported protocol version"}"#,
            ),
            ("GET", "EIO=4", r#"{"code":0,"message":"Transport unknown"}"#),
            ("GET", "EIO=4&transport=abc", r#"{"code":0,"message":"Transport unknown"}"#),
            ("POST", "EIO=4&transport=polling", r#"{"code":2,"message":"Bad handshake method"}"#),
            ("PUT", "EIO=4&transport=polling", r#"{"code":2,"message":"Bad handshake method"}"#),
            ("GET", "EIO=4&transport=websocket", r#"{"code":3,"message":"Bad request"}"#),
            (
                "GET",
                "EIO=4&transport=polling&sid=abc",
                r#"{"code":1,"message":"Session ID unknown"}"#,
            ),
        ] {
            let got = server.http().request(method, query, "").await;
            assert_eq!(got, answer(400, body), "{method} {query}");
        }
    }
}

#[tokio::test]
async fn a_websocket_that_makes_no_session_is_refused() {
    for server in both().await {
        for query in
            ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"]
        {
            let path = format!("{}?{query}", server.path);
            assert_eq!(Client::status(server.port, &path).await, 400, "{query}");
        }
    }
}

#[tokio::test]
async fn pings_come_and_pongs_keep_a_polling_session() {
    for server in both_with(PINGS).await {
        let sid = server.http().sid().await;
        for _ in 0..3 {
            assert_eq!(server.http().poll(&sid).await, answer(200, "2"));
            assert_eq!(server.http().post(&sid, "3").await, answer(200, "ok"));
        }
    }
}

#[tokio::test]
async fn pings_come_and_pongs_keep_a_websocket() {
    for server in both_with(PINGS).await {
        let (mut client, _) = server.websocket().await;
        for _ in 0..3 {
            assert_eq!(client.next().await, text("2"));
            client.text("3").await;
        }
    }
}

#[tokio::test]
async fn who_does_not_answer_is_gone() {
    for server in both_with(SHORT).await {
        let before = Instant::now();
        let sid = server.http().sid().await;
        // An empty packet is no answer.
        while server.http().post(&sid, "6").await.status == 200 {
            assert!(before.elapsed() < PATIENCE, "the session stays");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(before.elapsed() >= GONE_AFTER);
        assert_eq!(server.http().poll(&sid).await.status, 400);
        let before = Instant::now();
        let (mut client, _) = server.websocket().await;
        client.rest().await;
        assert!(before.elapsed() >= GONE_AFTER);
    }
}

#[tokio::test]
async fn a_close_packet_ends_a_polling_session_and_its_poll() {
    for server in both().await {
        let sid = server.http().sid().await;
        let poll = server.poll_that_waits(&sid).await;
        assert_eq!(server.http().post(&sid, "1").await, answer(200, "ok"));
        assert_eq!(poll.await.unwrap(), answer(200, "6"));
        assert_eq!(server.http().poll(&sid).await.status, 400);
    }
}

#[tokio::test]
async fn a_close_packet_ends_a_websocket() {
    for server in both().await {
        let (mut client, _) = server.websocket().await;
        client.text("1").await;
        client.rest().await;
    }
}

#[tokio::test]
async fn a_second_poll_ends_the_session() {
    for server in both().await {
        let sid = server.http().sid().await;
        let first = server.poll_that_waits(&sid).await;
        assert_eq!(server.http().poll(&sid).await.status, 400);
        assert_eq!(first.await.unwrap(), answer(200, "1"));
        assert_eq!(server.http().poll(&sid).await.status, 400);
    }
}

#[tokio::test]
async fn an_upgrade_releases_a_waiting_poll() {
    for server in both_with(PING_AFTER_UPGRADE).await {
        let sid = server.http().sid().await;
        let poll = server.poll_that_waits(&sid).await;
        let mut client = server.probe(&sid).await;
        client.text("2probe").await;
        assert_eq!(client.next().await, text("3probe"));
        assert_eq!(poll.await.unwrap(), answer(200, "6"));
        client.text("5").await;
        assert_eq!(client.next().await, text("2"));
    }
}

#[tokio::test]
async fn a_poll_between_probe_and_upgrade_comes_back_empty() {
    let server = Fixture::engine().await;
    let sid = server.http().sid().await;
    let mut client = server.probe(&sid).await;
    client.text("2probe").await;
    assert_eq!(client.next().await, text("3probe"));
    assert_eq!(server.http().poll(&sid).await, answer(200, "6"));
    client.text("5").await;
    client.text("4hello").await;
    assert_eq!(client.packet().await, text("4hello"));
}

#[tokio::test]
async fn an_upgraded_session_has_one_websocket_and_no_polls() {
    for server in both().await {
        for _ in 0..10 {
            let sid = server.http().sid().await;
            let mut client = server.probe(&sid).await;
            client.text("2probe").await;
            client.text("5").await;
            assert_eq!(server.http().poll(&sid).await.status, 400);
            let mut second = server.probe(&sid).await;
            assert!(matches!(second.rest().await.as_slice(), [Got::Close(_)]));
            assert_eq!(client.next().await, text("3probe"));
        }
    }
}

#[tokio::test]
async fn a_page_of_another_origin_may_talk_to_it() {
    for server in both().await {
        let asked = format!(
            "{FOREIGN}Access-Control-Request-Method: POST\r\n\
             Access-Control-Request-Headers: content-type\r\n"
        );
        let preflight = server.http().head("OPTIONS", "EIO=4&transport=polling", &asked).await;
        assert!(preflight.starts_with("http/1.1 200"), "{preflight}");
        for header in [
            "access-control-allow-origin",
            "access-control-allow-methods",
            "access-control-allow-headers",
        ] {
            assert!(preflight.contains(header), "no {header} in {preflight}");
        }
        let opened = server.http().head("GET", "EIO=4&transport=polling", FOREIGN).await;
        assert!(opened.starts_with("http/1.1 200"), "{opened}");
        assert!(opened.contains("access-control-allow-origin: *"), "{opened}");
    }
}

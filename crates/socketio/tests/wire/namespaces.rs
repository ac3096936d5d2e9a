//! Socket.IO: connecting, events, acknowledgements, leaving.

use crate::client::{Client, Got, frame, text};
use crate::fixture::Fixture;

#[tokio::test]
async fn events_are_answered_and_acknowledged() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    client.text(r#"427["sum",1,{"a":[2]}]"#).await;
    assert_eq!(client.next().await, text(r#"42["sum",1,{"a":[2]}]"#));
    assert_eq!(client.next().await, text(r#"437[1,{"a":[2]}]"#));
}

#[tokio::test]
async fn several_namespaces_share_a_connection() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    client.text("40/custom,{\"t\":1}").await;
    assert!(matches!(client.next().await, Got::Text(got) if got.starts_with("40/custom,{\"sid\"")));
    // The request is still known, because there is more than one namespace.
    let welcome = r#"42/custom,["welcome","{\"t\":1} None None true"]"#;
    assert_eq!(client.next().await, text(welcome));
    client.text("42/custom,1[\"a\"]").await;
    assert_eq!(client.next().await, text("42/custom,[\"a\"]"));
    assert_eq!(client.next().await, text("43/custom,1[]"));
    client.text("41/custom,").await;
    fixture.log.has("/custom ByClient").await;
    client.text("42[\"still\"]").await;
    assert_eq!(client.next().await, text("42[\"still\"]"));
}

#[tokio::test]
async fn an_unknown_namespace_and_a_refused_client_are_told() {
    let fixture = Fixture::start().await;
    let mut client = Client::session(fixture.port).await;
    client.text("40/random").await;
    assert_eq!(client.next().await, text("44/random,{\"message\":\"Invalid namespace\"}"));
    client.text("40{\"token\":\"bad\"}").await;
    assert_eq!(client.next().await, text("44{\"message\":\"no\",\"data\":{\"a\":1}}"));
    client.text("40{\"token\":\"good\"}").await;
    assert!(matches!(client.next().await, Got::Text(got) if got.starts_with("40{")));
}

#[tokio::test]
async fn everything_in_one_segment_is_handled_in_order() {
    let fixture = Fixture::start().await;
    let mut client = Client::session(fixture.port).await;
    let texts = ["40", "42[\"slow\"]", "42[\"join\",\"r\"]", "421[\"last\"]"];
    let bytes: Vec<u8> = texts.iter().flat_map(|text| frame(0x81, text.as_bytes())).collect();
    client.raw(&bytes).await;
    assert!(matches!(client.next().await, Got::Text(got) if got.starts_with("40{")));
    assert!(matches!(client.next().await, Got::Text(got) if got.starts_with("42[\"welcome\"")));
    for want in ["42[\"slow\"]", "42[\"joined\",0]", "42[\"last\"]", "431[]"] {
        assert_eq!(client.next().await, text(want));
    }
}

#[tokio::test]
async fn malformed_packets_close_the_connection() {
    for packet in [
        "abc",
        "4abc",
        "4",
        "42",
        "42{}",
        "42[]",
        "42[{}]",
        "42[\"a\"",
        "42[\"connect\"]",
        "42abc[\"a\"]",
        "43",
        "44",
        "40",
        "42/custom,[\"a\"]",
        "40/custom,\"text\"",
        "40/random,[]",
        "40seats,",
        "40junk",
        "42[\"a\\q\"]",
        "2",
        "47",
    ] {
        let fixture = Fixture::start().await;
        let mut client = Client::connected(fixture.port).await;
        client.text(packet).await;
        assert_eq!(client.rest().await, [Got::Close(Some(1002))], "{packet}");
        assert!(!client.reason.is_empty(), "{packet} is told why");
        fixture.log.has("/ Closed(Protocol)").await;
        assert_eq!(fixture.server.sessions(), 0);
    }
}

#[tokio::test]
async fn an_event_before_connecting_closes_the_connection() {
    let fixture = Fixture::start().await;
    let mut client = Client::session(fixture.port).await;
    client.text("42[\"a\"]").await;
    assert_eq!(client.rest().await, [Got::Close(Some(1002))]);
}

/// JavaScript sends it as it stands; no handler has such a name, but the client is answered.
#[tokio::test]
async fn an_event_whose_name_is_a_lone_surrogate_is_an_event() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    client.text(r#"427["\ud83d",{"a":"\udc00"}]"#).await;
    let Got::Text(answer) = client.next().await else { panic!("no answer") };
    assert!(answer.starts_with("42[\"\u{fffd}"), "{answer}");
    assert_eq!(client.next().await, text(r#"437[{"a":"\udc00"}]"#));
}

#[tokio::test]
async fn who_leaves_a_namespace_and_comes_again_is_who_it_was() {
    let fixture = Fixture::start().await;
    let path = "/socket.io/?EIO=4&transport=websocket&token=t";
    let mut client = Client::open(fixture.port, path, "Authorization: Bearer b\r\n").await;
    client.next().await;
    let welcome = r#"42["welcome","null Some(\"b\") Some(\"t\") true"]"#;
    for _ in 0..2 {
        client.text("40").await;
        assert!(matches!(client.next().await, Got::Text(got) if got.starts_with("40{")));
        assert_eq!(client.next().await, text(welcome));
        client.text("41").await;
    }
}

#[tokio::test]
async fn a_namespace_that_takes_no_bytes_keeps_none_and_answers_at_once() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    client.text("40/text,").await;
    assert!(matches!(client.next().await, Got::Text(got) if got.starts_with("40/text,{")));
    assert!(
        matches!(client.next().await, Got::Text(got) if got.starts_with("42/text,[\"welcome\""))
    );
    client.text(r#"452-/text,7["a",{"_placeholder":true,"num":1}]"#).await;
    assert_eq!(client.next().await, text(r#"42/text,["left out",2]"#));
    assert_eq!(client.next().await, text(r#"43/text,7[{"_placeholder":true,"num":1}]"#));
    client.raw(&frame(0x82, &[0; 60_000])).await;
    client.raw(&frame(0x82, b"x")).await;
    client.text("42/text,[\"b\"]").await;
    assert_eq!(client.next().await, text("42/text,[\"b\"]"));
    client.raw(&frame(0x82, b"one too many")).await;
    assert_eq!(client.rest().await, [Got::Close(Some(1002))]);
}

#[tokio::test]
async fn the_server_can_put_a_client_out_or_end_its_connection() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    client.text("42[\"kick\"]").await;
    assert_eq!(client.next().await, text("41"));
    fixture.log.has("/ ByServer").await;
    let mut client = Client::connected(fixture.port).await;
    client.text("42[\"close\"]").await;
    assert_eq!(client.rest().await, [Got::Close(Some(1000))]);
    fixture.log.has("/ Closed(Application)").await;
}

#[tokio::test]
async fn a_handler_that_is_at_work_finishes_before_the_goodbye() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    client.text("42[\"slow\"]").await;
    drop(client);
    fixture.log.has("/ Closed(Peer)").await;
    let lines = fixture.log.lines();
    assert_eq!(lines, ["connected", "slow done", "/ Closed(Peer)"]);
}

#[tokio::test]
async fn a_handler_that_panics_ends_only_its_own_connection() {
    let fixture = Fixture::start().await;
    let mut other = Client::connected(fixture.port).await;
    let mut client = Client::connected(fixture.port).await;
    client.text("42[\"panic\"]").await;
    assert_eq!(client.rest().await, []);
    fixture.log.has("/ Closed(Transport)").await;
    other.text("42[\"alive\"]").await;
    assert_eq!(other.next().await, text("42[\"alive\"]"));
}

//! Sections 5.5.2 and 5.5.3: pings and pongs.

use crate::client::{Got, frame, text};
use crate::fixture::{Echo, PING, PONG, TEXT};

fn pong(payload: &[u8]) -> Got {
    Got::Pong(payload.to_vec())
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let echo = Echo::start().await;
    let longest = [0xfe; 125];
    for payload in [&b""[..], b"Hello, world!", b"\x00\xff\xfe\xfd", &longest] {
        echo.answers(&[frame(PING, payload)], &[pong(payload)]).await;
    }
}

#[tokio::test]
async fn a_ping_that_is_too_long_is_refused() {
    let echo = Echo::start().await;
    for len in [126, 65_536] {
        let header = &frame(PING, &vec![b'x'; len])[..4];
        echo.closes(&[header.to_vec()], &[], 1002).await;
    }
}

#[tokio::test]
async fn a_pong_that_nobody_asked_for_is_ignored() {
    let echo = Echo::start().await;
    for payload in [&b""[..], b"unasked"] {
        let frames = [frame(PONG, payload), frame(PING, b"asked"), frame(PONG, payload)];
        echo.answers(&frames, &[pong(b"asked")]).await;
    }
}

#[tokio::test]
async fn many_pings_are_answered_in_order() {
    let echo = Echo::start().await;
    let payloads: Vec<String> = (0..10).map(|number| format!("payload {number}")).collect();
    let frames: Vec<_> = payloads.iter().map(|payload| frame(PING, payload.as_bytes())).collect();
    let want: Vec<_> = payloads.iter().map(|payload| pong(payload.as_bytes())).collect();
    echo.answers(&frames, &want).await;
}

#[tokio::test]
async fn pings_and_messages_are_answered_in_order() {
    let echo = Echo::start().await;
    let frames = [frame(PING, b"1"), frame(TEXT, b"2"), frame(PING, b"3"), frame(TEXT, b"4")];
    echo.answers(&frames, &[pong(b"1"), text("2"), pong(b"3"), text("4")]).await;
}

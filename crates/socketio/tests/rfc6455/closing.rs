//! Sections 5.5.1 and 7: the closing handshake.

use crate::client::{Client, Got, frame, text};
use crate::fixture::{CLOSE, Echo, FIRST_TEXT, LAST, PING, TEXT, WHOLE};

fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// Closes in this way; returns all answers.
async fn goodbye(echo: &Echo, bytes: &[u8]) -> Vec<Got> {
    let mut client: Client = echo.client().await;
    client.raw(bytes).await;
    client.rest().await
}

#[tokio::test]
async fn codes_that_may_be_sent_are_answered_with_themselves() {
    let echo = Echo::start().await;
    let codes = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
        4999,
    ];
    for code in codes {
        assert_eq!(goodbye(&echo, &close(code, "")).await, [Got::Close(Some(code))]);
    }
    assert_eq!(goodbye(&echo, &frame(CLOSE, b"")).await, [Got::Close(None)]);
}

#[tokio::test]
async fn codes_that_may_not_be_sent_are_refused() {
    let echo = Echo::start().await;
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        assert_eq!(goodbye(&echo, &close(code, "")).await, [Got::Close(Some(1002))], "{code}");
    }
    assert_eq!(goodbye(&echo, &frame(CLOSE, b"\x03")).await, [Got::Close(Some(1002))]);
}

#[tokio::test]
async fn a_reason_is_sent_back() {
    let echo = Echo::start().await;
    for reason in ["bye", "güle güle", &"x".repeat(123)] {
        let mut client: Client = echo.client().await;
        client.raw(&close(1000, reason)).await;
        assert_eq!(client.rest().await, [Got::Close(Some(1000))]);
        assert_eq!(client.reason, reason);
    }
    let too_long = &close(1000, &"x".repeat(124))[..4];
    assert_eq!(goodbye(&echo, too_long).await, [Got::Close(Some(1002))]);
}

#[tokio::test]
async fn what_was_sent_before_a_goodbye_is_answered_and_nothing_behind_it() {
    let echo = Echo::start().await;
    for behind in [
        frame(PING, b"late"),
        frame(TEXT, b"late"),
        frame(0x83, b"reserved"),
        close(1001, "another"),
        vec![0xFF; 40],
    ] {
        let bytes = [frame(TEXT, b"in time"), close(1000, ""), behind].concat();
        for piece in [WHOLE, 1] {
            let got = echo.exchange(&bytes, piece).await;
            assert_eq!(got, [text("in time"), Got::Close(Some(1000))]);
        }
    }
}

#[tokio::test]
async fn a_goodbye_between_fragments_ends_the_message_too() {
    let echo = Echo::start().await;
    let bytes = [frame(FIRST_TEXT, b"un"), close(1000, ""), frame(LAST, b"sent")].concat();
    for piece in [WHOLE, 1] {
        assert_eq!(echo.exchange(&bytes, piece).await, [Got::Close(Some(1000))]);
    }
}

//! Section 5.4: messages in fragments, and what may stand between them.

use crate::client::{Got, frame, text};
use crate::fixture::{BINARY, CLOSE, Echo, FIRST_BINARY, FIRST_TEXT, LAST, MORE, PING, PONG, TEXT};

fn pong(payload: &[u8]) -> Got {
    Got::Pong(payload.to_vec())
}

#[tokio::test]
async fn fragments_make_one_message() {
    let echo = Echo::start().await;
    for parts in [&["frag", "ment"][..], &["", ""], &["", "a", ""], &["a", "", "b", "c", ""]] {
        let whole = parts.concat();
        let fragments = |first: u8| {
            let last = parts.len() - 1;
            let parts = parts.iter().enumerate().map(move |(index, part)| match index {
                0 => frame(first, part.as_bytes()),
                index if index == last => frame(LAST, part.as_bytes()),
                _ => frame(MORE, part.as_bytes()),
            });
            parts.collect::<Vec<_>>()
        };
        echo.answers(&fragments(FIRST_TEXT), &[text(&whole)]).await;
        let bytes = Got::Binary(whole.into_bytes());
        echo.answers(&fragments(FIRST_BINARY), &[bytes]).await;
    }
}

#[tokio::test]
async fn control_frames_stand_between_fragments_and_are_answered_at_once() {
    let echo = Echo::start().await;
    let frames = [
        frame(FIRST_TEXT, b"one "),
        frame(PING, b"a"),
        frame(MORE, b"two "),
        frame(PONG, b"unasked"),
        frame(MORE, b""),
        frame(PING, b"b"),
        frame(LAST, b"three"),
        frame(PING, b"c"),
        frame(FIRST_BINARY, b"4"),
        frame(PING, b"d"),
        frame(LAST, b"5"),
    ];
    let want = [
        pong(b"a"),
        pong(b"b"),
        text("one two three"),
        pong(b"c"),
        pong(b"d"),
        Got::Binary(b"45".to_vec()),
    ];
    echo.answers(&frames, &want).await;
    // The answer to a ping does not wait for the end of the message.
    let mut client = echo.client().await;
    client.raw(&frame(FIRST_TEXT, b"begun")).await;
    client.raw(&frame(PING, b"now")).await;
    assert_eq!(client.next().await, pong(b"now"));
    client.raw(&frame(LAST, b"")).await;
    assert_eq!(client.next().await, text("begun"));
}

#[tokio::test]
async fn control_frames_are_never_fragmented() {
    let echo = Echo::start().await;
    for first in [PING, PONG, CLOSE] {
        let fragment = frame(first & !0x80, b"\x03\xe8");
        echo.closes(&[fragment, frame(LAST, b"")], &[], 1002).await;
    }
}

#[tokio::test]
async fn wrong_orders_are_refused() {
    let echo = Echo::start().await;
    let table: [&[Vec<u8>]; 7] = [
        // Nothing to go on with, at the beginning and after a complete message.
        &[frame(LAST, b"x"), frame(TEXT, b"unread")],
        &[frame(MORE, b"x"), frame(TEXT, b"unread")],
        &[frame(MORE, b""), frame(LAST, b"")],
        // A new message before the last one is complete.
        &[frame(FIRST_TEXT, b"x"), frame(TEXT, b"y")],
        &[frame(FIRST_TEXT, b"x"), frame(BINARY, b"y"), frame(LAST, b"z")],
        &[frame(FIRST_BINARY, b"x"), frame(FIRST_BINARY, b"y")],
        &[frame(FIRST_TEXT, b"x"), frame(MORE, b"y"), frame(FIRST_TEXT, b"z")],
    ];
    for frames in table {
        echo.closes(frames, &[], 1002).await;
        let mut behind = vec![frame(FIRST_TEXT, b"wh"), frame(LAST, b"ole")];
        behind.extend_from_slice(frames);
        echo.closes(&behind, &[text("whole")], 1002).await;
    }
}

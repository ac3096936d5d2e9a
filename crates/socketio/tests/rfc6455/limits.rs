//! Section 10.4: large messages, and messages that are too large.

use crate::client::{Got, frame, text};
use crate::fixture::{BINARY, Echo, FIRST_BINARY, FIRST_TEXT, LAST, MORE, TEXT, WHOLE};

/// What the example accepts.
const PAYLOAD_BYTES_MAX: usize = 16 << 20;

/// A message in frames of this many bytes.
fn fragmented(first: u8, payload: &[u8], fragment: usize) -> Vec<u8> {
    let mut bytes = frame(first, b"");
    for part in payload.chunks(fragment) {
        bytes.extend(frame(MORE, part));
    }
    bytes.extend(frame(LAST, b""));
    bytes
}

#[tokio::test]
async fn large_messages_come_back() {
    let echo = Echo::start().await;
    for len in [64 << 10, 256 << 10, 1 << 20] {
        let characters = "*".repeat(len);
        let bytes = vec![0xfe; len];
        let sent = [frame(TEXT, characters.as_bytes()), frame(BINARY, &bytes)].concat();
        let want = [text(&characters), Got::Binary(bytes), Got::Close(Some(1000))];
        for piece in [WHOLE, 60_000] {
            let got = echo.exchange(&sent, piece).await;
            // The payloads are too long to be shown.
            assert!(got == want, "{len} in pieces of {piece}");
        }
    }
}

#[tokio::test]
async fn large_messages_may_come_in_small_fragments() {
    let echo = Echo::start().await;
    let characters = "*".repeat(128 << 10);
    for fragment in [64, 1_000, 16 << 10] {
        let sent = fragmented(FIRST_TEXT, characters.as_bytes(), fragment);
        let got = echo.exchange(&sent, WHOLE).await;
        assert!(got == [text(&characters), Got::Close(Some(1000))], "text in {fragment}");
        let sent = fragmented(FIRST_BINARY, characters.as_bytes(), fragment);
        let want = [Got::Binary(characters.clone().into_bytes()), Got::Close(Some(1000))];
        assert!(echo.exchange(&sent, 7_001).await == want, "binary in {fragment}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_when_it_is_announced() {
    let echo = Echo::start().await;
    let header = |first: u8, len: usize| {
        let mut header = vec![first, 0xFF];
        header.extend((len as u64).to_be_bytes());
        header
    };
    for first in [TEXT, BINARY, FIRST_TEXT] {
        echo.closes(&[header(first, PAYLOAD_BYTES_MAX + 1)], &[], 1009).await;
        echo.closes(&[header(first, 1 << 62)], &[], 1009).await;
    }
    // All fragments together, as soon as the last one is announced.
    let mut more = header(LAST, PAYLOAD_BYTES_MAX);
    more.extend([0; 4]);
    echo.closes(&[frame(FIRST_BINARY, b"x"), more], &[], 1009).await;
}

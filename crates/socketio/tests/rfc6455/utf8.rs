//! Section 8.1: a text is UTF-8, across fragments and with any arrival of its bytes.

use crate::client::{Client, Got, frame, text};
use crate::fixture::{CLOSE, Echo, FIRST_TEXT, LAST, MORE, TEXT};

const VALID: [&str; 12] = [
    "",
    "\u{0}",
    "\u{7f}",
    "Hello-µ@ßöäüàá-UTF-8!!",
    "κόσμε",
    "\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}",
    "\u{d7ff}\u{e000}\u{fffd}",
    // No characters, but code points that UTF-8 may encode.
    "\u{fffe}\u{ffff}\u{1fffe}\u{10fffe}",
    "𤭢",
    "gül, çay, şeker, ığdır",
    "\u{feff}after a byte order mark",
    "👩‍👩‍👧‍👦",
];

const INVALID: [&[u8]; 34] = [
    // Continuation bytes without a beginning, beginnings without continuation.
    b"\x80",
    b"\xbf",
    b"\x80\xbf\x80\xbf\x80\xbf",
    b"\xc2 ",
    b"\xe1\x80 ",
    b"\xf1\x80\x80 ",
    b"\xdf",
    b"\xef\xbf",
    b"\xf0\x90\x80",
    b"\xce\xba\xe1",
    // Longer than needed.
    b"\xc0\xaf",
    b"\xc1\xbf",
    b"\xe0\x80\xaf",
    b"\xe0\x9f\xbf",
    b"\xf0\x80\x80\xaf",
    b"\xf0\x8f\xbf\xbf",
    b"\xf8\x80\x80\x80\xaf",
    b"\xfc\x80\x80\x80\x80\xaf",
    b"\xc0\x80",
    // Beyond U+10FFFF.
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xf7\xbf\xbf\xbf",
    b"\xf8\x88\x80\x80\x80",
    b"\xfc\x84\x80\x80\x80\x80",
    // Halves of surrogate pairs, alone and together.
    b"\xed\xa0\x80",
    b"\xed\xaf\xbf",
    b"\xed\xb0\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xed\xaf\xbf\xed\xbf\xbf",
    // Bytes that are in no UTF-8.
    b"\xfe",
    b"\xff",
    b"\xfe\xfe\xff\xff",
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
];

/// A frame for every byte.
fn byte_by_byte(payload: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = vec![frame(FIRST_TEXT, b"")];
    frames.extend(payload.iter().map(|byte| frame(MORE, &[*byte])));
    frames.push(frame(LAST, b""));
    frames
}

#[tokio::test]
async fn valid_texts_come_back() {
    let echo = Echo::start().await;
    for valid in VALID {
        echo.answers(&[frame(TEXT, valid.as_bytes())], &[text(valid)]).await;
        echo.answers(&byte_by_byte(valid.as_bytes()), &[text(valid)]).await;
    }
}

#[tokio::test]
async fn invalid_texts_are_refused() {
    let echo = Echo::start().await;
    for invalid in INVALID {
        echo.closes(&[frame(TEXT, invalid)], &[], 1007).await;
        echo.closes(&byte_by_byte(invalid), &[], 1007).await;
        let reason = [&1000_u16.to_be_bytes(), invalid].concat();
        echo.closes(&[frame(CLOSE, &reason)], &[], 1007).await;
    }
}

/// What every such text begins with, and what makes it one that can never become UTF-8.
const GOOD: &[u8] = "κόσμε".as_bytes();
const FATAL: [&[u8]; 4] = [b"\xf4\x90", b"\xed\xa0", b"\xe0\x80", b"\xff"];

async fn is_closed(mut client: Client, fatal: &[u8]) {
    assert_eq!(client.next().await, Got::Close(Some(1007)), "{fatal:x?}");
    assert_eq!(client.next().await, Got::End);
}

#[tokio::test]
async fn the_fragment_that_makes_it_invalid_is_the_last_one_that_is_read() {
    let echo = Echo::start().await;
    for fatal in FATAL {
        let mut client = echo.client().await;
        client.raw(&frame(FIRST_TEXT, GOOD)).await;
        client.raw(&frame(MORE, fatal)).await;
        is_closed(client, fatal).await;
    }
}

#[tokio::test]
async fn the_byte_that_makes_it_invalid_is_the_last_one_that_is_read() {
    let echo = Echo::start().await;
    for fatal in FATAL {
        let payload = [GOOD, fatal, b"the rest is never sent"].concat();
        let whole = frame(TEXT, &payload);
        let header = whole.len() - payload.len();
        let (sent, _) = whole.split_at(header + GOOD.len() + fatal.len());
        for piece in [sent.len(), 1] {
            let mut client = echo.client().await;
            for piece in sent.chunks(piece) {
                client.raw(piece).await;
            }
            is_closed(client, fatal).await;
        }
    }
}

#[tokio::test]
async fn a_character_may_be_cut_anywhere() {
    let echo = Echo::start().await;
    let whole = "aµ€𤭢z";
    for cut in 0..=whole.len() {
        let (head, tail) = whole.as_bytes().split_at(cut);
        echo.answers(&[frame(FIRST_TEXT, head), frame(LAST, tail)], &[text(whole)]).await;
    }
}

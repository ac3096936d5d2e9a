//! Sections 4 and 5.2: the handshake, lengths, reserved bits, opcodes, masks.

use crate::client::{Client, Got, frame, text};
use crate::fixture::{BINARY, Echo, PING, TEXT, WHOLE};

#[tokio::test]
async fn payloads_of_every_kind_of_length_come_back() {
    let echo = Echo::start().await;
    for len in [0, 1, 125, 126, 127, 128, 65_535, 65_536] {
        let characters = "*".repeat(len);
        let bytes: Vec<u8> = (0..=255).cycle().take(len).collect();
        let sent = [frame(TEXT, characters.as_bytes()), frame(BINARY, &bytes)].concat();
        let want = [text(&characters), Got::Binary(bytes), Got::Close(Some(1000))];
        for piece in [WHOLE, 997, if len < 1_000 { 1 } else { 16_384 }] {
            assert_eq!(echo.exchange(&sent, piece).await, want, "{len} in pieces of {piece}");
        }
    }
}

#[tokio::test]
async fn reserved_bits_are_refused_since_no_extension_was_agreed_upon() {
    let echo = Echo::start().await;
    for bits in 1..=7 {
        for first in [TEXT, BINARY, PING, 0x88] {
            let reserved = frame(first | bits << 4, b"x");
            let good = frame(TEXT, b"good");
            let unread = frame(PING, b"unread");
            echo.closes(&[good, reserved, unread], &[text("good")], 1002).await;
        }
    }
}

#[tokio::test]
async fn reserved_opcodes_are_refused() {
    let echo = Echo::start().await;
    for opcode in (3..=7).chain(11..=15) {
        for payload in [&b""[..], b"reserved"] {
            let reserved = frame(0x80 | opcode, payload);
            echo.closes(std::slice::from_ref(&reserved), &[], 1002).await;
            let good = frame(TEXT, b"good");
            echo.closes(&[good, reserved, frame(PING, b"")], &[text("good")], 1002).await;
        }
    }
}

#[tokio::test]
async fn a_client_must_mask() {
    let echo = Echo::start().await;
    for unmasked in [&[TEXT, 2, b'h', b'i'][..], &[PING, 0], &[0x88, 2, 3, 232]] {
        echo.closes(&[unmasked.to_vec()], &[], 1002).await;
    }
}

#[tokio::test]
async fn a_length_is_written_in_as_few_bytes_as_it_needs() {
    let echo = Echo::start().await;
    for (header, code) in [
        (&[TEXT, 0xFE, 0, 125][..], 1002),
        (&[TEXT, 0xFF, 0, 0, 0, 0, 0, 0, 0, 126], 1002),
        (&[TEXT, 0xFF, 0, 0, 0, 0, 0, 0, 255, 255], 1002),
        // The highest bit of a length is zero.
        (&[TEXT, 0xFF, 128, 0, 0, 0, 0, 1, 0, 0], 1002),
        (&[TEXT, 0xFF, 127, 0, 0, 0, 0, 1, 0, 0], 1009),
    ] {
        echo.closes(&[header.to_vec()], &[], code).await;
    }
}

#[tokio::test]
async fn no_extension_is_agreed_upon_but_the_first_subprotocol() {
    let echo = Echo::start().await;
    for (asked, protocol) in [
        ("Sec-WebSocket-Extensions: permessage-deflate\r\n", None),
        ("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x\r\n", None),
        ("Sec-WebSocket-Protocol: chat, superchat\r\n", Some("sec-websocket-protocol: chat\r\n")),
    ] {
        let (mut client, head) = Client::open_with_head(echo.port, "/", asked).await;
        let head = head.to_lowercase();
        assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
        assert!(!head.contains("-extensions"), "{head}");
        match protocol {
            Some(line) => assert!(head.contains(line), "{head}"),
            None => assert!(!head.contains("-protocol"), "{head}"),
        }
        client.text("plain").await;
        assert_eq!(client.next().await, text("plain"));
    }
}

//! Websocket frames (RFC 6455, section 5.2) made by hand, so that they can also be wrong.

use super::raw_connection::RawConnection;

pub const TEXT: u8 = 0x1;
pub const BINARY: u8 = 0x2;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xa;
/// The last frame of a message.
pub const FIN: u8 = 0x80;

/// The request for a websocket; the caller has to read the answer's head.
pub fn handshake(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

/// An open websocket.
pub fn open(port: u16, path: &str) -> RawConnection {
    let mut connection = RawConnection::open(port);
    connection.send(handshake(path, ""));
    opened(&mut connection);
    connection
}

/// Reads the answer to a handshake.
pub fn opened(connection: &mut RawConnection) {
    let head = connection.head();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
}

/// A client's frame, masked with zeros: `first` is FIN, the reserved bits and the opcode.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASKED: u8 = 0x80;
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(MASKED | u8::try_from(length).expect("short")),
        length @ 126..=65_535 => {
            frame.push(MASKED | 126);
            frame.extend(u16::try_from(length).expect("fits").to_be_bytes());
        }
        length => {
            frame.push(MASKED | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

pub fn text(text: &str) -> Vec<u8> {
    frame(FIN | TEXT, text.as_bytes())
}

/// The next whole frame of the server; `None` when it has closed the connection.
pub fn next(connection: &mut RawConnection) -> Option<(u8, Vec<u8>)> {
    let head = connection.take(2)?;
    assert_eq!(head[0] & 0xf0, FIN, "the server sends whole messages without reserved bits");
    assert_eq!(head[1] & 0x80, 0, "a server does not mask");
    let mut take = |length| connection.take(length).expect("a whole frame");
    let length = match head[1] {
        126 => u16::from_be_bytes(take(2).try_into().expect("two bytes")).into(),
        127 => u64::from_be_bytes(take(8).try_into().expect("eight bytes")),
        length => length.into(),
    };
    let payload = take(usize::try_from(length).expect("fits"));
    Some((head[0] & 0x0f, payload))
}

/// The text of the next text frame.
pub fn next_text(connection: &mut RawConnection) -> String {
    match next(connection) {
        Some((TEXT, payload)) => String::from_utf8(payload).expect("UTF-8"),
        other => panic!("no text but {other:?}"),
    }
}

/// Reads until the server's close frame and the end after it; returns the close code.
pub fn close_code(connection: &mut RawConnection) -> u16 {
    goodbye(connection).0
}

/// Reads until the server's close frame and the end after it; returns the code and the reason,
/// which every close has.
pub fn goodbye(connection: &mut RawConnection) -> (u16, String) {
    loop {
        match next(connection).expect("a close frame before the end") {
            (CLOSE, payload) => {
                let code = [payload[0], payload[1]];
                let reason = String::from_utf8(payload[2..].to_vec()).expect("UTF-8");
                assert!(!reason.is_empty(), "{code:?} without a reason");
                connection.send(frame(FIN | CLOSE, &code));
                assert!(connection.rest().is_empty(), "nothing behind the close frame");
                return (u16::from_be_bytes(code), reason);
            }
            (TEXT | PING, _) => {}
            other => panic!("{other:?}"),
        }
    }
}

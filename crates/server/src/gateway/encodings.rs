//! The encodings in which messages are sent to viewers, and how a message is wrapped for each.

use std::fmt::Write as _;

use rooms::{Encoding, Frame, Offset};
use socketio::encode;

/// Socket.IO on `/seats`, without a recovery offset.
pub(crate) const SOCKET_IO: Encoding = Encoding::new(0);
/// `{"event": "seat_update", "data": …}` in a websocket frame.
pub(crate) const PLAIN: Encoding = Encoding::new(1);
/// Socket.IO on `/seats`, for clients that can recover: the offset is the last argument.
pub(crate) const SOCKET_IO_WITH_OFFSET: Encoding = Encoding::new(3);
/// Server-Sent Events.
pub(crate) const SSE: Encoding = Encoding::new(2);

/// The namespace of the contract.
pub(crate) const NAMESPACE: &str = "/seats";

/// A message of a route's stream, in every encoding; `seq` is where the client stands after it.
pub(crate) fn frame(
    name: &str,
    seq: u64,
    json: &str,
    encoding: Encoding,
    offset: &Offset,
) -> Frame {
    match encoding {
        SSE => server_sent(name, Some(seq), json),
        SOCKET_IO_WITH_OFFSET => {
            encode::text_frame(&encode::event_with_offset(NAMESPACE, name, json, offset))
        }
        PLAIN => encode::text_frame(&plain(name, json, None)),
        _ => encode::text_frame(&encode::event(NAMESPACE, name, json)),
    }
}

/// A message of the plain WebSocket; `id` is the JSON that the client sent with its request.
pub(crate) fn plain(event: &str, data: &str, id: Option<&str>) -> String {
    let mut text = format!(r#"{{"event":"{event}","data":{data}"#);
    if let Some(id) = id {
        // Writing into a string cannot fail.
        let _ = write!(text, r#","id":{id}"#);
    }
    text.push('}');
    text
}

/// A Server-Sent Event; `data` is one line of JSON.
pub(crate) fn server_sent(event: &str, id: Option<u64>, data: &str) -> Frame {
    let mut text = format!("event: {event}\n");
    if let Some(id) = id {
        let _ = writeln!(text, "id: {id}");
    }
    let _ = write!(text, "data: {data}\n\n");
    Frame::bare(text)
}

//! Outgoing packets: the text of a Socket.IO packet, and the websocket frame around it.
//!
//! Public because an application encodes its own room messages with these, once per event. All
//! texts begin with the Engine.IO type `4`, so the same payload serves both transports.

use std::fmt::Write as _;

use bytes::Bytes;
use rooms::{Frame, Offset};

use crate::packet::AckId;
use crate::sid::Sid;

/// `42/seats,["name",<data>]`. `name` is plain text; `data` is JSON already, and may be several
/// arguments separated by commas, or empty.
pub fn event(namespace: &str, name: &str, data: &str) -> String {
    event_text(namespace, None, (name, data), 0)
}

/// `452-/seats,["name",<data>]`: like [`event`], followed by this many binary messages, for which
/// `{"_placeholder":true,"num":0}` and so on stand in the data.
pub fn event_with_attachments(
    namespace: &str,
    name: &str,
    data: &str,
    attachments: usize,
) -> String {
    event_text(namespace, None, (name, data), attachments)
}

/// `42/seats,["name",<data>,"<offset>"]`: like [`event`], for clients that can be recovered. They
/// keep the offset of the last event that they got.
pub fn event_with_offset(namespace: &str, name: &str, data: &str, offset: &Offset) -> String {
    let mut text = event(namespace, name, data);
    text.truncate(text.len() - 1);
    // Digits, letters, dots and tildes: nothing to escape. Writing into a string cannot fail.
    let _ = write!(text, ",\"{offset}\"]");
    text
}

/// An event, which wants an acknowledgement if there is an id.
pub(crate) fn event_text(
    namespace: &str,
    id: Option<AckId>,
    (name, data): (&str, &str),
    attachments: usize,
) -> String {
    let mut text = String::with_capacity(namespace.len() + name.len() + data.len() + 8);
    push_head(&mut text, ('2', '5'), attachments);
    push_namespace(&mut text, namespace);
    if let Some(AckId(id)) = id {
        let _ = write!(text, "{id}");
    }
    text.push('[');
    push_json_string(&mut text, name);
    if !data.is_empty() {
        text.push(',');
        text.push_str(data);
    }
    text.push(']');
    text
}

/// `43/seats,7[<data>]`, the acknowledgement of the event with this id.
pub fn ack(namespace: &str, id: AckId, data: &str) -> String {
    ack_with_attachments(namespace, id, data, 0)
}

/// `462-/seats,7[<data>]`: like [`ack`], followed by this many binary messages.
pub fn ack_with_attachments(namespace: &str, id: AckId, data: &str, attachments: usize) -> String {
    let mut text = String::with_capacity(namespace.len() + data.len() + 16);
    push_head(&mut text, ('3', '6'), attachments);
    push_namespace(&mut text, namespace);
    let AckId(id) = id;
    // Writing into a string cannot fail.
    let _ = write!(text, "{id}[{data}]");
    text
}

/// A complete websocket text frame, as a server sends it.
pub fn text_frame(payload: &str) -> Frame {
    frame(Opcode::Text, payload.as_bytes())
}

/// A complete websocket binary frame, as a server sends it.
pub fn binary_frame(payload: &[u8]) -> Frame {
    frame(Opcode::Binary, payload)
}

pub(crate) fn connect(namespace: &str, sid: Sid, pid: Option<Sid>) -> String {
    let mut text = String::from("40");
    push_namespace(&mut text, namespace);
    let _ = write!(text, r#"{{"sid":"{sid}""#);
    if let Some(pid) = pid {
        let _ = write!(text, r#","pid":"{pid}""#);
    }
    text.push('}');
    text
}

pub(crate) fn connect_error(namespace: &str, message: &str, data: Option<&str>) -> String {
    let mut text = String::from("44");
    push_namespace(&mut text, namespace);
    text.push_str(r#"{"message":"#);
    push_json_string(&mut text, message);
    if let Some(data) = data {
        text.push_str(r#","data":"#);
        text.push_str(data);
    }
    text.push('}');
    text
}

/// The packet that removes a client from a namespace.
pub fn disconnect(namespace: &str) -> String {
    let mut text = String::from("41");
    push_namespace(&mut text, namespace);
    text
}

#[derive(Clone, Copy)]
pub(crate) enum Opcode {
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}

/// Sets the bit that says that this is the whole message.
const FIN: u8 = 0x80;

/// An unmasked, unfragmented frame (RFC 6455, section 5.2).
pub(crate) fn frame(opcode: Opcode, payload: &[u8]) -> Frame {
    let mut bytes = Vec::with_capacity(payload.len() + 10);
    bytes.push(FIN | opcode as u8);
    if let Ok(len @ 0..=125) = u8::try_from(payload.len()) {
        bytes.push(len);
    } else if let Ok(len) = u16::try_from(payload.len()) {
        bytes.push(126);
        bytes.extend_from_slice(&len.to_be_bytes());
    } else {
        bytes.push(127);
        bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
    }
    // At most ten bytes.
    let payload_at = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    bytes.extend_from_slice(payload);
    Frame::new(Bytes::from(bytes), payload_at)
}

/// The types of a message and of a packet; the packet's is another one if attachments follow.
fn push_head(text: &mut String, (plain, binary): (char, char), attachments: usize) {
    text.push('4');
    if attachments == 0 {
        text.push(plain);
    } else {
        text.push(binary);
        let _ = write!(text, "{attachments}-");
    }
}

fn push_namespace(text: &mut String, namespace: &str) {
    if namespace != "/" {
        text.push_str(namespace);
        text.push(',');
    }
}

fn push_json_string(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            control if u32::from(control) < 0x20 => {
                let _ = write!(text, "\\u{:04x}", u32::from(control));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_have_the_form_of_the_protocol() {
        let sid: Sid = "AAAAAAAAAAAAAAAAAAAA".parse().unwrap();
        assert_eq!(event("/", "hi", ""), r#"42["hi"]"#);
        assert_eq!(event("/seats", "a\"\n", "{},1"), r#"42/seats,["a\"\u000a",{},1]"#);
        let offset = Offset::position(0x5a, 7);
        assert_eq!(event_with_offset("/", "hi", "{}", &offset), r#"42["hi",{},"5a.7"]"#);
        assert_eq!(event_with_offset("/a", "hi", "", &offset), r#"42/a,["hi","5a.7"]"#);
        assert_eq!(ack("/seats", AckId(7), "{}"), "43/seats,7[{}]");
        assert_eq!(event_with_attachments("/", "a", "1", 2), r#"452-["a",1]"#);
        assert_eq!(event_text("/a", Some(AckId(3)), ("b", ""), 1), r#"451-/a,3["b"]"#);
        assert_eq!(ack_with_attachments("/a", AckId(7), "", 1), "461-/a,7[]");
        assert_eq!(connect("/", sid, None), r#"40{"sid":"AAAAAAAAAAAAAAAAAAAA"}"#);
        assert_eq!(
            connect("/a", sid, Some(sid)),
            r#"40/a,{"sid":"AAAAAAAAAAAAAAAAAAAA","pid":"AAAAAAAAAAAAAAAAAAAA"}"#
        );
        assert_eq!(connect_error("/a", "no", None), r#"44/a,{"message":"no"}"#);
        assert_eq!(connect_error("/a", "no", Some("1")), r#"44/a,{"message":"no","data":1}"#);
        assert_eq!(disconnect("/a"), "41/a,");
    }

    #[test]
    fn frames_have_the_shortest_header() {
        for (len, header) in [
            (0, vec![0x81, 0]),
            (125, vec![0x81, 125]),
            (126, vec![0x81, 126, 0, 126]),
            (65_535, vec![0x81, 126, 255, 255]),
            (65_536, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let frame = text_frame(&"x".repeat(len));
            assert_eq!(frame.header(), header);
            assert_eq!(frame.payload().len(), len);
        }
    }
}

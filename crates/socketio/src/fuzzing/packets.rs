//! Socket.IO packets: a packet that was read, then written again, is read as the same.

use serde_json::value::RawValue;

use crate::attachments::{are_in_place, behind};
use crate::encode;
use crate::packet::{self, Kind, Packet};

/// The text of a packet, without its Engine.IO type.
pub fn packets(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(packet) = packet::parse(text) else { return };
    assert!(text.ends_with(packet.data), "the data stands at the end");
    assert!(packet.namespace.starts_with('/'));
    let Some(args) = arguments(&packet) else { return };
    if are_in_place(packet.data, 0) {
        assert!(args.iter().all(|arg| behind(arg, &[]).is_none()));
    }
    let Some(written) = write(&packet, &args) else { return };
    let Some(Ok(again)) = written.strip_prefix('4').map(packet::parse) else {
        panic!("{written} is not read as a packet");
    };
    assert_eq!(again.attachments, packet.attachments, "{written}");
    assert_eq!((again.namespace, again.id), (packet.namespace, packet.id), "{written}");
    assert_eq!(values(&again), values(&packet), "{written}");
}

fn arguments<'a>(packet: &Packet<'a>) -> Option<Vec<&'a RawValue>> {
    serde_json::from_str(packet.data).ok()
}

fn values(packet: &Packet<'_>) -> Option<serde_json::Value> {
    serde_json::from_str(packet.data).ok()
}

/// The packet as the server would send it; `None` for one that it never sends.
fn write(packet: &Packet<'_>, args: &[&RawValue]) -> Option<String> {
    let data = |args: &[&RawValue]| args.iter().map(|arg| arg.get()).collect::<Vec<_>>().join(",");
    match packet.kind {
        Kind::Event | Kind::BinaryEvent => {
            let (name, args) = args.split_first()?;
            let name: String = serde_json::from_str(name.get()).ok()?;
            let (data, count) = (data(args), packet.attachments);
            Some(encode::event_text(packet.namespace, packet.id, (&name, &data), count))
        }
        Kind::Ack | Kind::BinaryAck => {
            let (id, count) = (packet.id?, packet.attachments);
            Some(encode::ack_with_attachments(packet.namespace, id, &data(args), count))
        }
        Kind::Connect | Kind::Disconnect | Kind::ConnectError => None,
    }
}

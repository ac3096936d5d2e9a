//! Rooms as Socket.IO users know them: clients enter and leave, and an event is for all clients in
//! the room, except the one that caused it.
//!
//! For a hub without a feeder ([`rooms::NoHistory`]); a room is its log, so an event is encoded
//! once and written in order. A client that enters later does not get earlier events. A client that
//! is left out is the owner of the event: its frame is empty for the owner.

use std::sync::Arc;

use bytes::Bytes;
use rooms::recovery::KeeperError;
use rooms::{Audience, Encoding, Frame, Hub, JoinError, Message, Offset, Start, View};

use crate::encode;
use crate::sid::Sid;
use crate::socket::Socket;

/// For clients whose handlers get exactly the sent arguments.
const BARE: Encoding = Encoding::new(0);
/// For clients that can be recovered: the offset is the last argument.
const WITH_OFFSET: Encoding = Encoding::new(1);

/// How a socket sees the rooms that it enters.
pub(crate) fn view(namespace: u8, sid: Sid, can_return: bool) -> View {
    View {
        encoding: if can_return { WITH_OFFSET } else { BARE },
        audience: Audience::Public,
        identity: Some(sid.number()),
        channel: namespace,
    }
}

/// An event in a room.
struct Said {
    namespace: Box<str>,
    name: Box<str>,
    data: Box<str>,
}

impl Message for Said {
    fn encode(&self, encoding: Encoding, audience: Audience, offset: &Offset) -> Frame {
        let Self { namespace, name, data } = self;
        match (audience, encoding) {
            // Only the owner sees it with this one.
            (Audience::Full, _) => Frame::bare(Bytes::new()),
            (Audience::Public, WITH_OFFSET) => {
                encode::text_frame(&encode::event_with_offset(namespace, name, data, offset))
            }
            (Audience::Public, _) => encode::text_frame(&encode::event(namespace, name, data)),
        }
    }

    fn weight(&self) -> usize {
        self.namespace.len() + self.name.len() + self.data.len()
    }
}

impl Socket {
    /// Enters a room of its namespace; to enter it again is no error.
    pub async fn enter(&self, room: &str) -> Result<(), JoinError> {
        let view = view(self.namespace, self.sid(), self.can_return());
        let name = full_name(self.namespace(), room);
        self.join(&name, Start::Head, view, |_| []).await.map(|_| ())
    }

    /// Leaves a room that it has [entered](Socket::enter); see [`Socket::leave`].
    pub async fn exit(&self, room: &str) -> Result<bool, KeeperError> {
        self.leave(&full_name(self.namespace(), room)).await
    }

    /// Sends an event to all clients in a room of its namespace except itself; `data` as in
    /// [`Socket::emit`]. It need not be in the room. False if the room is empty.
    pub fn broadcast(&self, room: &str, name: &str, data: &str) -> bool {
        publish(self.session.hub(), self.namespace(), room, (name, data), Some(self.sid()))
    }
}

/// Sends an event to all clients in a room of a namespace, or to all except one.
pub(crate) fn publish(
    hub: &Hub,
    namespace: &str,
    room: &str,
    (name, data): (&str, &str),
    except: Option<Sid>,
) -> bool {
    let said = Said { namespace: namespace.into(), name: name.into(), data: data.into() };
    hub.append(&full_name(namespace, room), except.map(Sid::number), Arc::new(said))
}

/// Rooms of different namespaces are different rooms.
fn full_name(namespace: &str, room: &str) -> String {
    format!("{namespace}#{room}")
}

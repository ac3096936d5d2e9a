//! Rooms as Socket.IO users know them: clients come and go, and an event is for everyone who is in
//! the room, except for the one who caused it.
//!
//! For a hub without a feeder ([`rooms::NoHistory`]); a room is its log, so an event is encoded once
//! and written in order. Whoever comes later does not get what was said before. A client that is
//! left out is the owner of the event, for whom its frame is empty.

use std::sync::Arc;

use bytes::Bytes;
use rooms::{Audience, Encoding, Frame, Hub, JoinError, Message, Start};

use crate::encode;
use crate::server::Server;
use crate::sid::Sid;
use crate::socket::Socket;

/// What is said in a room.
struct Said(Frame);

impl Message for Said {
    fn encode(&self, _: Encoding, audience: Audience) -> Frame {
        match audience {
            Audience::Public => self.0.clone(),
            // Only the owner sees it with this one.
            Audience::Full => Frame::bare(Bytes::new()),
        }
    }

    fn weight(&self) -> usize {
        self.0.len()
    }
}

impl Socket {
    /// Comes into a room of its namespace; again is no error.
    pub async fn enter(&self, room: &str) -> Result<(), JoinError> {
        let view = self.view(Encoding::new(0), Audience::Public, Some(self.sid().number()));
        let name = full_name(self.namespace(), room);
        self.join(&name, Start::Head, view, |_| []).await.map(|_| ())
    }

    /// Leaves a room that it has [entered](Socket::enter). False if it was not in it.
    pub fn exit(&self, room: &str) -> bool {
        self.leave(&full_name(self.namespace(), room))
    }

    /// Sends an event to everyone in a room of its namespace but itself; `data` as in
    /// [`Socket::emit`]. It need not be in the room. False if nobody is.
    pub fn broadcast(&self, room: &str, name: &str, data: &str) -> bool {
        publish(self.session.hub(), self.namespace(), room, (name, data), Some(self.sid()))
    }
}

impl Server {
    /// Sends an event to everyone in a room of a namespace, or to everyone except one client.
    /// False if nobody is in the room.
    pub fn broadcast(
        &self,
        namespace: &str,
        room: &str,
        (name, data): (&str, &str),
        except: Option<Sid>,
    ) -> bool {
        publish(self.hub(), namespace, room, (name, data), except)
    }
}

fn publish(
    hub: &Hub,
    namespace: &str,
    room: &str,
    (name, data): (&str, &str),
    except: Option<Sid>,
) -> bool {
    let frame = encode::text_frame(&encode::event(namespace, name, data));
    hub.append(&full_name(namespace, room), except.map(Sid::number), Arc::new(Said(frame)))
}

/// Rooms of different namespaces are different rooms.
fn full_name(namespace: &str, room: &str) -> String {
    format!("{namespace}#{room}")
}

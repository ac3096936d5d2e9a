//! A viewer that asks: over Socket.IO, the plain WebSocket, or an event stream. What is answered is
//! the same ([`super::watching`]); here is how each is spoken to.

use std::sync::Arc;

use rooms::{Frame, Hub, JoinError, Place, Start, View, Viewer};
use socketio::encode::text_frame;
use socketio::websocket::Peer;
use socketio::{AckId, Socket};
use store::StoreError;

use super::encodings::{plain, server_sent};
use super::request::{Answer, Form};
use crate::http::wire::audience::Audience;

/// One request of one viewer.
#[derive(Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) way: Way<'a>,
    /// How it sees rooms.
    pub(crate) view: View,
    /// The audience for which maps are made.
    pub(crate) audience: Audience,
}

/// The way that a request came, and what its answer brings back.
#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    /// The subscriptions of a socket may be recoverable. `ack`: an acknowledgement was asked for.
    SocketIo { socket: &'a Socket, ack: Option<AckId> },
    /// `id`: JSON, as it was sent.
    Plain { peer: &'a Peer, id: Option<&'a str> },
    /// A single HTTP request, which has limits of its own.
    Stream { viewer: &'a Arc<Viewer> },
}

impl Asker<'_> {
    pub(super) fn viewer(&self) -> &Arc<Viewer> {
        match self.way {
            Way::SocketIo { socket, .. } => socket.viewer(),
            Way::Plain { peer, .. } => peer.viewer(),
            Way::Stream { viewer } => viewer,
        }
    }

    pub(super) fn send(&self, answer: &Answer) {
        self.viewer().send_all(self.way.frames(answer));
    }

    /// Charges its connection for this many messages more.
    pub(super) fn charge(&self, messages: u32) {
        match self.way {
            Way::SocketIo { socket, .. } => socket.charge(messages),
            Way::Plain { peer, .. } => peer.charge(messages),
            Way::Stream { .. } => {}
        }
    }

    pub(super) async fn join<R: IntoIterator<Item = Frame>>(
        &self,
        hub: &Hub,
        room: &str,
        start: Start,
        reply: impl FnOnce(Place) -> R + Send,
    ) -> Result<Place, JoinError> {
        match self.way {
            Way::SocketIo { socket, .. } => socket.join(room, start, self.view, reply).await,
            Way::Plain { .. } | Way::Stream { .. } => {
                hub.join(self.viewer(), room, start, self.view, reply).await
            }
        }
    }

    /// The snapshot of this place is in the reply: no event of the route comes between them.
    pub(super) async fn join_with_snapshot<R: IntoIterator<Item = Frame>>(
        &self,
        hub: &Hub,
        room: &str,
        place: Place,
        reply: impl FnOnce(Place) -> R + Send,
    ) -> Result<Place, JoinError> {
        match self.way {
            Way::SocketIo { socket, .. } => {
                socket.join_with_snapshot(room, place, self.view, reply).await
            }
            Way::Plain { .. } | Way::Stream { .. } => {
                hub.join(self.viewer(), room, Start::After(place), self.view, reply).await
            }
        }
    }

    pub(super) async fn leave(&self, hub: &Hub, room: &str) -> Result<(), StoreError> {
        match self.way {
            Way::SocketIo { socket, .. } => {
                socket.leave(room).await.map(drop).map_err(StoreError::failed)
            }
            Way::Plain { .. } | Way::Stream { .. } => {
                hub.leave(self.viewer(), room, self.view.channel);
                Ok(())
            }
        }
    }
}

impl Way<'_> {
    /// An answer as its frames: an event, and an acknowledgement if one was asked for.
    pub(super) fn frames(self, answer: &Answer) -> Vec<Frame> {
        match self {
            Self::SocketIo { socket, ack } => {
                let make = || socket.event_frame(answer.event, &answer.data);
                let told = answer.frame(Form::SocketIo, make);
                let acknowledged = ack.map(|id| socket.ack_frame(id, &answer.data));
                std::iter::once(told).chain(acknowledged).collect()
            }
            Self::Plain { id, .. } => {
                let make = || text_frame(&plain(answer.event, &answer.data, id));
                // An `id` is only for this client.
                vec![if id.is_none() { answer.frame(Form::Plain, make) } else { make() }]
            }
            Self::Stream { .. } => vec![server_sent(answer.event, None, &answer.data)],
        }
    }
}

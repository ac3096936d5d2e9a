//! How a known viewer is reached, over whichever transport it watches.

use std::sync::{Arc, Weak};

use domain::Account;
use rooms::{Audience, CloseReason, Hub, Viewer};
use socketio::websocket::{CloseCode, Peer};
use socketio::{Socket, WeakSocket};

use super::open_socket::Transport;

/// A weak handle to a viewer, by which it is reached.
#[derive(Clone)]
pub(crate) enum Door {
    Socket(WeakSocket),
    Peer(Weak<Peer>),
    Stream(Weak<Viewer>),
}

/// A viewer that is there.
pub(super) enum OpenDoor {
    Socket(Socket),
    Peer(Arc<Peer>),
    Stream(Arc<Viewer>),
}

impl Door {
    /// `None`: it is no longer there.
    pub(super) fn open(&self) -> Option<OpenDoor> {
        Some(match self {
            Self::Socket(socket) => OpenDoor::Socket(socket.upgrade()?),
            Self::Peer(peer) => OpenDoor::Peer(peer.upgrade()?),
            Self::Stream(viewer) => OpenDoor::Stream(viewer.upgrade()?),
        })
    }
}

impl OpenDoor {
    pub(super) fn viewer(&self) -> &Arc<Viewer> {
        match self {
            Self::Socket(socket) => socket.viewer(),
            Self::Peer(peer) => peer.viewer(),
            Self::Stream(viewer) => viewer,
        }
    }

    pub(super) fn transport(&self) -> Transport {
        match self {
            Self::Socket(_) => Transport::SocketIo,
            Self::Peer(_) => Transport::WebSocket,
            Self::Stream(_) => Transport::Sse,
        }
    }

    /// Staff may send more messages; a stream takes none.
    pub(super) fn trust(&self, caller: Option<Account>) {
        let is_staff = caller.is_some_and(|account| account.role.is_staff());
        match self {
            Self::Socket(socket) => socket.trust(is_staff),
            Self::Peer(peer) => peer.trust(is_staff),
            Self::Stream(_) => {}
        }
    }

    /// Changes its view of its rooms from now on.
    pub(super) fn show_as(&self, hub: &Hub, audience: Audience, identity: Option<u128>) {
        match self {
            Self::Socket(socket) => socket.show_as(audience, identity),
            Self::Peer(_) | Self::Stream(_) => hub.show_as(self.viewer(), 0, audience, identity),
        }
    }

    /// Ends the connection at its transport, so that the client reconnects and sends its token
    /// again.
    pub(super) fn end(&self, why: &str) {
        match self {
            Self::Socket(socket) => socket.close(CloseCode::Policy, why),
            Self::Peer(peer) => peer.close(CloseCode::Policy, why),
            Self::Stream(viewer) => viewer.end([], CloseReason::Application),
        }
    }
}

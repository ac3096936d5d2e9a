//! A connection as administrators see it.

use domain::{RouteId, UserId};
use rooms::Encoding;

use super::encodings::{PLAIN, SSE};

/// How a viewer is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    SocketIo,
    WebSocket,
    Sse,
}

/// A connection that watches a route, or that has authenticated.
#[derive(Clone, Debug)]
pub(crate) struct OpenSocket {
    pub(crate) transport: Transport,
    /// `None`: an anonymous viewer.
    pub(crate) user_id: Option<UserId>,
    pub(crate) route_ids: Vec<RouteId>,
}

impl Transport {
    pub(crate) const ALL: [Self; 3] = [Self::SocketIo, Self::WebSocket, Self::Sse];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SocketIo => "SOCKETIO",
            Self::WebSocket => "WEBSOCKET",
            Self::Sse => "SSE",
        }
    }

    pub(super) fn of(encoding: Encoding) -> Self {
        match encoding {
            PLAIN => Self::WebSocket,
            SSE => Self::Sse,
            _ => Self::SocketIo,
        }
    }
}

//! What a session does with the Engine.IO packets that its client sends. Messages go on to the
//! protocol above.

use std::sync::Arc;
use std::time::Duration;

use rooms::{CloseReason, Viewer};

use crate::decision::Transport;
use crate::engine_packet::{self as engine, Kind as Engine};
use crate::pace::{TOO_MANY_MESSAGES, Verdict};
use crate::session::Session;
use crate::websocket::connection::{Driven, Received};
use crate::websocket::{CloseCode, close_frame};

impl Driven for Session {
    fn viewer(&self) -> &Arc<Viewer> {
        Self::viewer(self)
    }

    fn payload_max(&self) -> usize {
        self.shared.config.max_payload
    }

    fn close_timeout(&self) -> Duration {
        self.shared.config.close_timeout
    }

    fn paced(&self) -> Verdict {
        Self::paced(self)
    }

    fn text(self: &Arc<Self>, text: String) -> Received {
        self.receive(text)
    }

    fn binary(self: &Arc<Self>, bytes: Vec<u8>) -> Received {
        self.receive_binary(bytes)
    }

    fn over(self: &Arc<Self>, reason: CloseReason) {
        self.close(reason);
    }
}

impl Session {
    /// Takes one Engine.IO packet.
    pub(crate) fn receive(self: &Arc<Self>, text: String) -> Received {
        match engine::parse(&text) {
            Some((Engine::Message, _)) => self.shared.protocol.message(self, text),
            Some((Engine::Pong | Engine::Open | Engine::Upgrade | Engine::Noop, _))
                if self.paced() == Verdict::Close =>
            {
                Received::Close(CloseCode::Policy, TOO_MANY_MESSAGES)
            }
            Some((Engine::Pong, _)) => {
                self.pong();
                Received::Done
            }
            Some((Engine::Close, _)) => {
                self.client_closes();
                Received::Done
            }
            // These belong to a handshake or an upgrade, and mean nothing outside of one.
            Some((Engine::Open | Engine::Upgrade | Engine::Noop, _)) => Received::Done,
            Some((Engine::Ping, _)) => malformed("in Engine.IO 4 only the server pings"),
            None => malformed("not an Engine.IO packet"),
        }
    }

    pub(crate) fn receive_binary(self: &Arc<Self>, bytes: Vec<u8>) -> Received {
        self.shared.protocol.binary(self, bytes)
    }

    fn client_closes(self: &Arc<Self>) {
        let polling = self.state.lock().transport == Transport::Polling;
        let reason = CloseReason::Peer;
        if polling {
            self.close(reason);
        } else {
            self.viewer().end([close_frame(CloseCode::Normal, "the client has closed")], reason);
        }
    }
}

/// A fault in the form of Engine.IO or Socket.IO packets: the client gets it as the reason of its
/// close.
pub(crate) const fn malformed(what: &'static str) -> Received {
    Received::Close(CloseCode::Protocol, what)
}

//! Connections that did not begin, although their request was answered: a session that is over
//! before its client was in a namespace, a websocket that did not take its session over.
//!
//! Each session counts once, and not again for a CONNECT that the application has refused: the
//! application has counted that.

use std::sync::Arc;

use rooms::CloseReason;

use crate::session::Session;

/// Why a connection did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unbegun {
    /// The client did not go on in time.
    Timeout,
    /// It has closed the connection, or the connection broke.
    Gone,
    /// What it sent is not the protocol.
    Protocol,
    /// It wants a namespace that does not exist.
    UnknownNamespace,
    /// The server could not begin it now.
    Unavailable,
}

impl Unbegun {
    /// `None`: the server closes all, also those that have begun.
    fn by(reason: CloseReason) -> Option<Self> {
        match reason {
            CloseReason::Peer | CloseReason::Transport => Some(Self::Gone),
            CloseReason::Timeout => Some(Self::Timeout),
            CloseReason::Protocol => Some(Self::Protocol),
            CloseReason::Application => Some(Self::Unavailable),
            CloseReason::Outbox
            | CloseReason::Behind
            | CloseReason::Replaced
            | CloseReason::Shutdown => None,
        }
    }
}

/// Is told of each connection that did not begin.
pub(crate) type OnUnbegun = Arc<dyn Fn(Unbegun) + Send + Sync>;

impl Session {
    /// The client wants a namespace that does not exist, and is in none.
    pub(crate) fn wants_unknown_namespace(&self) {
        if self.note_told() {
            self.shared.tell_unbegun(Unbegun::UnknownNamespace);
        }
    }

    /// The application has refused its CONNECT.
    pub(crate) fn was_refused(&self) {
        self.note_told();
    }

    /// The session is over; `was_in_none`: its client was never in a namespace.
    pub(crate) fn ends_unbegun(&self, was_in_none: bool, reason: CloseReason) {
        if let Some(why) = Unbegun::by(reason).filter(|_| was_in_none) {
            self.shared.tell_unbegun(why);
        }
    }

    /// Notes that it is told; false if it was told before, or the client is in a namespace.
    fn note_told(&self) -> bool {
        let mut state = self.state.lock();
        let is_first = state.is_unbegun();
        if is_first {
            state.aside.with(|aside| aside.is_told_unbegun = true);
        }
        is_first
    }
}

//! Connections that did not begin, although their request was answered: a session that is over
//! before its client was in a namespace, a websocket that did not take its session over.

use std::sync::Arc;

use rooms::CloseReason;

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
    pub(crate) fn by(reason: CloseReason) -> Option<Self> {
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

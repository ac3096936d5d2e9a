//! Realtime connections, and connections over TLS, that did not begin, by the reason.
//!
//! The reasons are few and fixed: nothing that a client sends becomes a label.

use http::StatusCode;
use metrics::counter;
use socketio::Unbegun;

pub(super) const HANDSHAKE_FAILURES: &str = "seatwire_handshake_failures_total";

/// What was to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    SocketIo,
    WebSocket,
    Sse,
    Tls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A token that is not valid, or none where one is needed.
    BadToken,
    Origin,
    /// Too many handshakes or connections of an address.
    RateLimited,
    /// There is no such route.
    NotFound,
    BadRequest,
    /// The server has no room, is stopping, or does not get an answer from its database.
    Unavailable,
    /// It is not TLS, or the two have no version or certificate in common; or it is not Socket.IO.
    Protocol,
    Timeout,
    /// The client has hung up.
    Gone,
}

/// Of whoever speaks HTTP.
const OF_VIEWERS: [Failure; 6] = [
    Failure::BadToken,
    Failure::Origin,
    Failure::RateLimited,
    Failure::NotFound,
    Failure::BadRequest,
    Failure::Unavailable,
];
/// After the answer to the request.
const OF_SOCKET_IO: [Failure; 3] = [Failure::Protocol, Failure::Timeout, Failure::Gone];
const OF_TLS: [Failure; 3] = [Failure::Protocol, Failure::Timeout, Failure::Gone];

impl Handshake {
    const fn name(self) -> &'static str {
        match self {
            Self::SocketIo => "socketio",
            Self::WebSocket => "websocket",
            Self::Sse => "sse",
            Self::Tls => "tls",
        }
    }
}

impl Failure {
    const fn name(self) -> &'static str {
        match self {
            Self::BadToken => "bad_token",
            Self::Origin => "origin",
            Self::RateLimited => "rate_limited",
            Self::NotFound => "not_found",
            Self::BadRequest => "bad_request",
            Self::Unavailable => "unavailable",
            Self::Protocol => "protocol",
            Self::Timeout => "timeout",
            Self::Gone => "gone",
        }
    }

    /// Why a handshake with this answer failed; `None` if it did not.
    pub(crate) fn by(status: StatusCode) -> Option<Self> {
        match status {
            _ if status.is_server_error() => Some(Self::Unavailable),
            _ if !status.is_client_error() => None,
            StatusCode::UNAUTHORIZED => Some(Self::BadToken),
            // A viewer needs no role.
            StatusCode::FORBIDDEN => Some(Self::Origin),
            StatusCode::NOT_FOUND => Some(Self::NotFound),
            StatusCode::TOO_MANY_REQUESTS => Some(Self::RateLimited),
            _ => Some(Self::BadRequest),
        }
    }

    /// Why a connection did not begin although its request was answered.
    pub(crate) fn of_socket_io(why: Unbegun) -> Self {
        match why {
            Unbegun::Timeout => Self::Timeout,
            Unbegun::Gone => Self::Gone,
            Unbegun::Protocol => Self::Protocol,
            Unbegun::UnknownNamespace => Self::BadRequest,
            Unbegun::Unavailable => Self::Unavailable,
        }
    }

    /// Why a connection did not become an encrypted one.
    pub(crate) fn of_tls(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::TimedOut => Self::Timeout,
            // The library says so of what it cannot read, and of an alert of the client.
            std::io::ErrorKind::InvalidData => Self::Protocol,
            _ => Self::Gone,
        }
    }
}

pub(crate) fn count_failed(handshake: Handshake, failure: Failure) {
    let labels = [("transport", handshake.name()), ("reason", failure.name())];
    counter!(HANDSHAKE_FAILURES, &labels).increment(1);
}

/// What has not happened yet is told as 0: else the first of a kind would be no change.
pub(super) fn begin() {
    let viewers = [Handshake::SocketIo, Handshake::WebSocket, Handshake::Sse];
    let of_viewers =
        viewers.into_iter().flat_map(|handshake| OF_VIEWERS.map(|failure| (handshake, failure)));
    let of_tls = OF_TLS.map(|failure| (Handshake::Tls, failure));
    let of_socket_io = OF_SOCKET_IO.map(|failure| (Handshake::SocketIo, failure));
    for (handshake, failure) in of_viewers.chain(of_socket_io).chain(of_tls) {
        let labels = [("transport", handshake.name()), ("reason", failure.name())];
        counter!(HANDSHAKE_FAILURES, &labels).increment(0);
    }
}

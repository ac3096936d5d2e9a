//! Which requests begin a realtime connection.

use axum::extract::Request;

use super::address::Address;
use super::engine_io;
use crate::limits::Class;
use crate::metrics::handshakes::Handshake;

/// What this request is to begin; `None` if it begins nothing: later requests of a session that
/// polls, for example.
pub(super) fn begun_by(request: &Request) -> Option<Handshake> {
    // The files of the stock Socket.IO client are not an address.
    let address = Address::of(request.extensions())?;
    if engine_io::is_its(request.uri().path()) {
        return engine_io::is_handshake(request.uri()).then_some(Handshake::SocketIo);
    }
    let is_one = address.class(request.method()) == Some(Class::Handshake);
    let kind = if address.pattern() == "/seats" { Handshake::WebSocket } else { Handshake::Sse };
    is_one.then_some(kind)
}

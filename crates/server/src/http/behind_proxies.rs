//! The layer that finds out where a request comes from when it came through a proxy.
//!
//! From here on the caller's address replaces the connection's ([`Remote`]): whatever depends on an
//! address uses the caller's. The costs of a connection (descriptors, TLS) are counted before a
//! request is read, and are counted for the proxy.

use axum::extract::Request;
use socketio::Remote;

use crate::network::Network;
use crate::proxies::Proxies;

/// In the extensions of a request that a trusted proxy has brought: the caller's network. The
/// connection is not counted for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByProxy(pub(super) Network);

pub(super) fn look_behind(proxies: &Proxies, mut request: Request) -> Request {
    if let Some(&Remote(peer)) = request.extensions().get() {
        let caller = proxies.caller(peer, request.headers());
        if proxies.is_one(peer.ip()) {
            request.extensions_mut().insert(ByProxy(Network::of(caller)));
        }
        request.extensions_mut().insert(Remote(caller));
    }
    request
}

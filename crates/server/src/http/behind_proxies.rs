//! The layer that says where a request comes from when a proxy has brought it.
//!
//! From here on the caller's address stands where the connection's stood ([`Remote`]): whatever goes by
//! address goes by the caller's. What a connection costs (descriptors, TLS) is looked after before a
//! request is read, and stays the proxy's.

use axum::extract::Request;
use socketio::Remote;

use crate::proxies::Proxies;

pub(super) fn look_behind(proxies: &Proxies, mut request: Request) -> Request {
    if let Some(Remote(peer)) = request.extensions().get() {
        let caller = proxies.caller(*peer, request.headers());
        request.extensions_mut().insert(Remote(caller));
    }
    request
}

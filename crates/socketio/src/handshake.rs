//! What is remembered of the request that began a session, until it has connected.
//!
//! Copied, not referenced: a header value of hyper's keeps the whole request alive.

use std::net::SocketAddr;

use http::header::{AUTHORIZATION, HeaderName, ORIGIN, SEC_WEBSOCKET_EXTENSIONS, USER_AGENT};
use http::{HeaderMap, HeaderValue, request};

use crate::decision::query_value;

/// Headers that are remembered. Longer values are left out.
const KEPT: [HeaderName; 3] = [AUTHORIZATION, ORIGIN, USER_AGENT];
const VALUE_BYTES_MAX: usize = 8 << 10;

/// Put into a request's extensions by the accept loop: where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote(pub SocketAddr);

/// The request that began a session.
#[derive(Clone, Debug, Default)]
pub struct Handshake {
    query: Box<str>,
    headers: Box<[(HeaderName, Box<str>)]>,
    remote: Option<SocketAddr>,
    from_javascript: bool,
}

impl Handshake {
    pub(crate) fn of(head: &request::Parts) -> Self {
        let kept = KEPT.into_iter().filter_map(|name| {
            let value = head.headers.get(&name).and_then(readable)?;
            Some((name, value.into()))
        });
        Self {
            query: head.uri.query().unwrap_or_default().into(),
            headers: kept.collect(),
            remote: head.extensions.get::<Remote>().map(|remote| remote.0),
            from_javascript: is_from_javascript(&head.headers),
        }
    }

    /// The value of a query parameter, percent-decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        query_value(&self.query, name)
    }

    /// The value of `Authorization`, `Origin` or `User-Agent`; others are not kept.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.iter().find(|(kept, _)| kept == name).map(|(_, value)| &**value)
    }

    /// The token of an `Authorization: Bearer` header.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header(&AUTHORIZATION)?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// True if it came from a place where the JavaScript client runs: a browser or Node.js.
    pub fn is_from_javascript(&self) -> bool {
        self.from_javascript
    }

    /// Where the request came from, if the accept loop has said so ([`Remote`]).
    pub fn remote(&self) -> Option<SocketAddr> {
        self.remote
    }
}

/// What a websocket of the `ws` package asks for; it says nothing else of itself.
const EXTENSIONS_OF_NODE: &str = "permessage-deflate; client_max_window_bits";

/// Nothing in the protocol tells what a client can do, but the JavaScript client runs in places that
/// can be told by their requests: browsers, and Node.js with its two transports.
fn is_from_javascript(headers: &HeaderMap) -> bool {
    match headers.get(USER_AGENT).map(|agent| agent.to_str().unwrap_or_default()) {
        Some(agent) => {
            ["Mozilla/", "node-XMLHttpRequest"].iter().any(|known| agent.starts_with(known))
        }
        None => headers
            .get(SEC_WEBSOCKET_EXTENSIONS)
            .is_some_and(|extensions| extensions == EXTENSIONS_OF_NODE),
    }
}

fn readable(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().filter(|value| value.len() <= VALUE_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn places_of_the_javascript_client_are_known() {
        let asks = |agent: &str, extensions: &str| {
            let mut headers = HeaderMap::new();
            let mut put = |name, value: &str| {
                if !value.is_empty() {
                    headers.insert(name, value.parse().unwrap());
                }
            };
            put(USER_AGENT, agent);
            put(SEC_WEBSOCKET_EXTENSIONS, extensions);
            is_from_javascript(&headers)
        };
        assert!(asks("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", ""));
        assert!(asks("node-XMLHttpRequest", ""));
        assert!(asks("", EXTENSIONS_OF_NODE));
        for agent in ["Python/3.11 aiohttp/3.9", "okhttp/4.12", "Dart/3.5 (dart:io)", "curl/8"] {
            assert!(!asks(agent, EXTENSIONS_OF_NODE), "{agent}");
        }
        assert!(!asks("", "") && !asks("", "permessage-deflate"));
    }

    #[test]
    fn the_useful_parts_are_kept() {
        let request = Request::builder()
            .uri("/socket.io/?EIO=4&token=a%2Bb+c")
            .header("authorization", "bearer  t0k")
            .header("cookie", "secret=1")
            .extension(Remote(([127, 0, 0, 1], 7).into()));
        let (head, ()) = request.body(()).unwrap().into_parts();
        let handshake = Handshake::of(&head);
        assert_eq!(handshake.query("token").as_deref(), Some("a+b c"));
        assert_eq!(handshake.bearer(), Some("t0k"));
        assert_eq!(handshake.header(&http::header::COOKIE), None);
        assert_eq!(handshake.remote(), Some(([127, 0, 0, 1], 7).into()));
    }
}

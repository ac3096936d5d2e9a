//! What is kept of the request that began a session, until it has connected.
//!
//! Copied, not referenced: a header value of hyper's keeps the whole request alive.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use http::header::{AUTHORIZATION, HeaderName, ORIGIN, USER_AGENT};
use http::{HeaderValue, request};

use crate::decision::query_value;
use crate::javascript::is_javascript;
use crate::loose_json::Unusable;

/// Headers that are kept.
const KEPT: [HeaderName; 3] = [AUTHORIZATION, ORIGIN, USER_AGENT];
const VALUE_BYTES_MAX: usize = 8 << 10;
/// Stands for a value that cannot be kept: it shows that there was one.
const UNREADABLE: &str = "\u{fffd}";

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
            let value = head.headers.get(&name)?;
            Some((name, readable(value).unwrap_or(UNREADABLE).into()))
        });
        Self {
            query: head.uri.query().unwrap_or_default().into(),
            headers: kept.collect(),
            remote: head.extensions.get::<Remote>().map(|remote| remote.0),
            from_javascript: is_javascript(head, now_ms()),
        }
    }

    /// The value of a query parameter, percent-decoded; the first, if there are several.
    pub fn query(&self, name: &str) -> Option<String> {
        query_value(&self.query, name)
    }

    /// Like [`Handshake::query`], of a parameter that means one thing: it must stand there once, or
    /// it is unusable.
    pub fn query_once(&self, name: &str) -> Result<Option<String>, Unusable> {
        let names = self.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")).0);
        match names.filter(|found| *found == name).count() {
            0 | 1 => Ok(self.query(name)),
            _ => Err(Unusable),
        }
    }

    /// The value of `Authorization`, `Origin` or `User-Agent`; others are not kept. One that is not
    /// visible ASCII, or longer than 8 KiB, is U+FFFD.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.iter().find(|(kept, _)| kept == name).map(|(_, value)| &**value)
    }

    /// The token of an `Authorization: Bearer` header; `None` if there is no such header, or
    /// nothing in it. Any other scheme is unusable.
    pub fn bearer(&self) -> Result<Option<&str>, Unusable> {
        let Some(header) = self.header(&AUTHORIZATION).map(str::trim) else { return Ok(None) };
        let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
        match token.trim() {
            _ if header.is_empty() => Ok(None),
            _ if !scheme.eq_ignore_ascii_case("bearer") => Err(Unusable),
            "" => Ok(None),
            token => Ok(Some(token)),
        }
    }

    /// True if it was written by the JavaScript client, as far as that can be known.
    pub fn is_from_javascript(&self) -> bool {
        self.from_javascript
    }

    /// Where the request came from, if the accept loop has said so ([`Remote`]).
    pub fn remote(&self) -> Option<SocketAddr> {
        self.remote
    }
}

/// Only to distinguish the time stamps of clients: nothing is decided by the time.
#[expect(clippy::disallowed_methods, reason = "requests are stamped with the time of day")]
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn readable(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().filter(|value| value.len() <= VALUE_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

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
        assert_eq!(handshake.bearer(), Ok(Some("t0k")));
        assert_eq!(handshake.query_once("token"), Ok(Some("a+b c".into())));
        assert_eq!(handshake.header(&http::header::COOKIE), None);
        assert_eq!(handshake.remote(), Some(([127, 0, 0, 1], 7).into()));
    }

    #[test]
    fn credentials_that_are_there_are_found_or_unusable() {
        let bearer = |value: &[u8]| {
            let value = HeaderValue::from_bytes(value).unwrap();
            let request = Request::builder().header("authorization", value);
            let (head, ()) = request.body(()).unwrap().into_parts();
            Handshake::of(&head).bearer().map(|token| token.map(str::to_owned))
        };
        assert_eq!(bearer(b"bearer  t "), Ok(Some("t".into())));
        for none in [&b""[..], b" ", b"Bearer", b"Bearer "] {
            assert_eq!(bearer(none), Ok(None), "{none:?}");
        }
        for wrong in [&b"Basic YTpi"[..], b"t0k", b"Bearer \xff", &[b'x'; VALUE_BYTES_MAX + 1]] {
            assert_eq!(bearer(wrong), Err(Unusable), "{wrong:?}");
        }
        let request = Request::builder().uri("/?token=a&token=b");
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(Handshake::of(&head).query_once("token"), Err(Unusable));
    }
}

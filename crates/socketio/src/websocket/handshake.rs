//! The opening handshake (RFC 6455, section 4.2), strictly.
//!
//! Decides from the request's head alone whether it may become a websocket, and what to answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version, request};
use sha1::{Digest, Sha1};

use crate::body::Body;

const VERSION: &str = "13";
const KEY_BYTES: usize = 16;
/// Appended to the key (RFC 6455, section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Why a request cannot become a websocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    BadRequest,
    /// Another version of the protocol: the answer names the supported one.
    WrongVersion,
}

/// True if the client asks for a websocket at all.
pub(crate) fn is_asked_for(headers: &HeaderMap) -> bool {
    has_token(headers, &CONNECTION, "upgrade") && has_token(headers, &UPGRADE, "websocket")
}

/// The answer that makes the connection a websocket.
pub(crate) fn accept(head: &request::Parts) -> Result<Response<Body>, Unfit> {
    let headers = &head.headers;
    if head.method != Method::GET || head.version != Version::HTTP_11 || !is_asked_for(headers) {
        return Err(Unfit::BadRequest);
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != VERSION) {
        return Err(Unfit::WrongVersion);
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
    if STANDARD.decode(key).map(|key| key.len()) != Ok(KEY_BYTES) {
        return Err(Unfit::BadRequest);
    }
    let token = HeaderValue::try_from(accept_token(key)).map_err(|_| Unfit::BadRequest)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let answer = response.headers_mut();
    answer.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    answer.insert(UPGRADE, HeaderValue::from_static("websocket"));
    answer.insert(SEC_WEBSOCKET_ACCEPT, token);
    if let Some(protocol) = subprotocol(headers)? {
        answer.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok(response)
}

impl Unfit {
    /// The answer for a plain websocket endpoint.
    pub(crate) fn response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::WrongVersion => StatusCode::UPGRADE_REQUIRED,
        };
        let headers = response.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
        response
    }
}

fn accept_token(key: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(GUID);
    STANDARD.encode(hash.finalize())
}

/// The first subprotocol that is offered, as the reference server answers: without an answer to its
/// offer, a client fails the connection (browsers), or stays on polling without an error.
fn subprotocol(headers: &HeaderMap) -> Result<Option<HeaderValue>, Unfit> {
    let mut first = None;
    for list in headers.get_all(SEC_WEBSOCKET_PROTOCOL) {
        for offered in list.to_str().map_err(|_| Unfit::BadRequest)?.split(',') {
            let offered = offered.trim_matches([' ', '\t']);
            if offered.is_empty() || !offered.bytes().all(is_token_byte) {
                return Err(Unfit::BadRequest);
            }
            first = first.or(Some(offered));
        }
    }
    first.map(|name| HeaderValue::from_str(name).map_err(|_| Unfit::BadRequest)).transpose()
}

/// RFC 9110, section 5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let lists = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|found| found.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn head(change: impl FnOnce(&mut request::Parts)) -> request::Parts {
        let request = Request::builder()
            .header("connection", "keep-alive, Upgrade")
            .header("upgrade", "WebSocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        change(&mut head);
        head
    }

    #[test]
    fn the_example_of_the_rfc() {
        let response = accept(&head(|_| ())).unwrap();
        assert_eq!(response.status(), 101);
        assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn the_first_subprotocol_is_answered() {
        let offers = |lines: &[&'static str]| {
            let answer = accept(&head(|head| {
                for line in lines {
                    let line = HeaderValue::from_static(line);
                    head.headers.append(SEC_WEBSOCKET_PROTOCOL, line);
                }
            }));
            answer.map(|answer| answer.headers().get(SEC_WEBSOCKET_PROTOCOL).cloned())
        };
        assert_eq!(offers(&[]), Ok(None));
        assert_eq!(offers(&["seats.v1"]), Ok(Some(HeaderValue::from_static("seats.v1"))));
        assert_eq!(offers(&["b, a", "c"]), Ok(Some(HeaderValue::from_static("b"))));
        for wrong in [&[""][..], &["a,,b"], &["a b"], &["a", "b/c"]] {
            assert_eq!(offers(wrong), Err(Unfit::BadRequest), "{wrong:?}");
        }
    }

    #[test]
    fn everything_else_is_unfit() {
        type Change = fn(&mut request::Parts);
        let table: [(Change, Unfit); 6] = [
            (|head| head.method = Method::POST, Unfit::BadRequest),
            (|head| head.version = Version::HTTP_10, Unfit::BadRequest),
            (|head| drop(head.headers.remove("upgrade")), Unfit::BadRequest),
            (|head| drop(head.headers.remove("sec-websocket-key")), Unfit::BadRequest),
            (|head| drop(head.headers.remove("sec-websocket-version")), Unfit::WrongVersion),
            (
                |head| {
                    let short = HeaderValue::from_static("c2hvcnQ=");
                    head.headers.insert("sec-websocket-key", short);
                },
                Unfit::BadRequest,
            ),
        ];
        for (change, want) in table {
            assert_eq!(accept(&head(change)).err(), Some(want));
        }
    }
}

//! The handler of `/asyncapi.json`: the gateway's document, which names the server as the caller
//! reached it.
//!
//! AsyncAPI has no relative addresses. `Host` and `X-Forwarded-Proto` are believed from any caller:
//! the answer is only for the caller who sent them, and no cache keeps it for others.

use std::future::{Ready, ready};

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};

use crate::gateway::asyncapi::{HOST, Scheme, document};

const X_FORWARDED_PROTO: &str = "x-forwarded-proto";
/// For callers that name no host, or something that is not a host.
const DEFAULT_HOST: &str = "localhost:3000";
/// A host name of 253 characters, and a port.
const HOST_BYTES_MAX: usize = 260;

/// `is_tls`: whether this server has a certificate. The document is made for each caller: it is
/// read seldom, and kept it would be in memory twice.
pub(super) fn handler(is_tls: bool) -> impl Clone + Fn(HeaderMap) -> Ready<Response> {
    move |headers| {
        let is_tls = is_tls || headers.get(X_FORWARDED_PROTO).is_some_and(|proto| proto == "https");
        let scheme = if is_tls { Scheme::Tls } else { Scheme::Plain };
        let json = document(scheme).replace(HOST, host(&headers));
        let told = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        ready((told, json).into_response())
    }
}

/// This goes into JSON unescaped, so only characters that a host can have are allowed.
fn host(headers: &HeaderMap) -> &str {
    let is_host = |host: &&str| {
        (1..=HOST_BYTES_MAX).contains(&host.len())
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.filter(is_host).unwrap_or(DEFAULT_HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_is_repeated() {
        for (given, named) in [
            ("seats.example", "seats.example"),
            ("[2001:db8::1]:8443", "[2001:db8::1]:8443"),
            ("a\",\"b\":\"c", DEFAULT_HOST),
            ("user@seats.example", DEFAULT_HOST),
            ("a/b", DEFAULT_HOST),
            ("", DEFAULT_HOST),
        ] {
            let headers = HeaderMap::from_iter([(header::HOST, given.parse().unwrap())]);
            assert_eq!(host(&headers), named, "{given}");
        }
        assert_eq!(host(&HeaderMap::new()), DEFAULT_HOST);
        let long = HeaderMap::from_iter([(header::HOST, "a".repeat(261).parse().unwrap())]);
        assert_eq!(host(&long), DEFAULT_HOST);
    }
}

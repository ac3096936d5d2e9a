//! Which web pages of other hosts may send requests (contract.md, "Conventions": CORS).
//!
//! Browsers enforce CORS for what they fetch, but not for websockets. So the handshakes check the
//! origin themselves. A request from a page of this host, or from no web page at all, always
//! passes.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::address::Address;
use super::engine_io;
use super::keyed::IDEMPOTENT_REPLAYED;
use super::problem::Problem;
use super::rate_limits::{RATE_LIMIT, RATE_LIMIT_POLICY};
use super::request_id::X_REQUEST_ID;
use super::wire::list::{X_TOTAL_COUNT, X_TOTAL_COUNT_LIMITED};
use crate::config::CorsOrigins;
use crate::error_codes::ErrorCode;
use crate::limits::Class;
use crate::now_and_then::NowAndThen;

/// Which headers of an answer a page may read.
const EXPOSED: [HeaderName; 9] = [
    X_TOTAL_COUNT,
    X_TOTAL_COUNT_LIMITED,
    X_REQUEST_ID,
    header::LINK,
    header::RETRY_AFTER,
    header::ETAG,
    IDEMPOTENT_REPLAYED,
    RATE_LIMIT,
    RATE_LIMIT_POLICY,
];

/// How long a browser may remember an answer to a preflight.
const PREFLIGHT_SECONDS: u64 = 3_600;

/// For requests that browsers make by `fetch`.
pub(crate) fn cors(origins: &CorsOrigins) -> CorsLayer {
    // Mirrored instead of `*`, so that clients that send credentials get an answer too; tokens
    // travel in a header of their own, never in a cookie.
    let origin = match origins {
        CorsOrigins::Any => AllowOrigin::mirror_request(),
        CorsOrigins::List(list) => {
            AllowOrigin::list(list.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
        }
    };
    CorsLayer::new()
        .allow_origin(origin)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED)
        .max_age(std::time::Duration::from_secs(PREFLIGHT_SECONDS))
}

/// A page may send as many requests as it likes, so not each one is logged.
static REFUSED: NowAndThen = NowAndThen::new();

/// An origin is logged up to this length; a host name is never longer (RFC 1035, section 3.1).
const SHOWN_CHARS_MAX: usize = 256;

/// For what browsers do not guard. What they do guard is answered, and the browser hides it from
/// the page. Both are logged for the operator: either a setting is missing, or the page is not the
/// operator's.
pub(super) fn refuse_handshake(request: &Request, origins: &CorsOrigins) -> Option<Response> {
    if is_allowed(request.headers(), origins) {
        return None;
    }
    if REFUSED.is_due() {
        let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        let origin: String = origin.unwrap_or("(no text)").chars().take(SHOWN_CHARS_MAX).collect();
        tracing::warn!(
            origin,
            "a web page of an origin that is not allowed has asked: if it is yours, name it in \
             SEATWIRE_CORS_ORIGINS"
        );
    }
    let is_engine_io = engine_io::is_its(request.uri().path());
    // The browser would hide a stream from a page of another host, as any answer; but the server
    // would go on writing it.
    let is_stream = Address::of(request.extensions())
        .is_some_and(|address| address.class(request.method()) == Some(Class::Handshake));
    let is_handshake = is_engine_io || is_stream || request.headers().contains_key(header::UPGRADE);
    if !is_handshake {
        return None;
    }
    if is_engine_io {
        return Some(engine_io::error(StatusCode::FORBIDDEN, 4, "Forbidden"));
    }
    let detail = "this origin is not allowed";
    Some(Problem::new(ErrorCode::ORIGIN_NOT_ALLOWED, detail).into_response())
}

fn is_allowed(headers: &HeaderMap, origins: &CorsOrigins) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let same_host =
        headers.get(header::HOST).and_then(|host| host.to_str().ok()).is_some_and(|host| {
            origin.split_once("://").is_some_and(|(_, o)| o.eq_ignore_ascii_case(host))
        });
    same_host
        || match origins {
            CorsOrigins::Any => true,
            CorsOrigins::List(list) => list.iter().any(|known| known.eq_ignore_ascii_case(origin)),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_shake_hands() {
        let list = CorsOrigins::List(vec!["https://shop.example".to_owned()]);
        for (origin, allowed) in [
            (None, true),
            (Some("https://shop.example"), true),
            (Some("http://localhost:3000"), true),
            (Some("https://evil.example"), false),
            (Some("https://shop.example.evil.example"), false),
            (Some("null"), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("localhost:3000"));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_allowed(&headers, &list), allowed, "{origin:?}");
            assert!(is_allowed(&headers, &CorsOrigins::Any));
        }
    }
}

//! What every answer tells browsers, whichever handler made it.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderValue, header};

/// One year: for that long a browser that has used TLS here uses nothing else (RFC 6797).
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Where answers are about a person, also without a login: a guest sends a code and a phone number.
const PERSONAL: [&str; 6] = ["/auth", "/tickets", "/bookings", "/holds", "/payments", "/users"];

/// Browsers must not guess another content type.
pub(super) fn no_sniffing(mut response: Response) -> Response {
    let value = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, value);
    response
}

/// Over TLS: the browser must use TLS from now on.
pub(super) fn tls_only(is_tls: bool, mut response: Response) -> Response {
    if is_tls {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
    response
}

/// No cache keeps answers about a person: neither a proxy's cache, nor the cache of a browser that
/// the next person uses.
pub(super) async fn keep_personal_out_of_caches(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_personal = request.headers().contains_key(header::AUTHORIZATION)
        || PERSONAL.iter().any(|folder| {
            path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
    let mut response = next.run(request).await;
    if is_personal {
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(no_store);
    }
    response
}

//! `/socket.io/` beside the rest of HTTP: which addresses are that protocol's, and its errors, which
//! are no problem documents (contract.md, "Conventions").

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, Uri, header};

use super::problem::Problem;

/// The protocol has no number of its own for "too many".
const FORBIDDEN: u8 = 4;

/// Whether an address is that protocol's, which has its own bodies of errors.
pub(super) fn is_its(path: &str) -> bool {
    path == "/socket.io" || path.starts_with("/socket.io/")
}

/// Whether a request begins a session: those that go on with one name it.
pub(super) fn is_handshake(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    !query.split('&').any(|pair| pair.starts_with("sid="))
}

/// A refusal of somebody who comes too often. Clients of that protocol try again by themselves.
pub(super) fn too_many(problem: &Problem) -> Response {
    let mut response = error(StatusCode::TOO_MANY_REQUESTS, FORBIDDEN, "Too many connections");
    let seconds = HeaderValue::from(problem.retry_after());
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

/// An error as clients of that protocol know it.
pub(super) fn error(status: StatusCode, code: u8, message: &str) -> Response {
    let body = format!(r#"{{"code":{code},"message":"{message}"}}"#);
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, content_type, body).into_response()
}

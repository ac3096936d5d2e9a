//! `/socket.io/` beside the rest of HTTP: which addresses belong to that protocol, and its errors,
//! which are not problem documents (contract.md, "Conventions").

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, Uri, header};

use super::problem::Problem;

/// The protocol has no code of its own for "too many".
const FORBIDDEN: u8 = 4;

/// Whether an address belongs to that protocol, which has its own error bodies.
pub(super) fn is_its(path: &str) -> bool {
    path == "/socket.io" || path.starts_with("/socket.io/")
}

/// Whether a request begins a session: later requests of a session name it.
pub(super) fn is_handshake(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    !query.split('&').any(|pair| pair.starts_with("sid="))
}

/// A refusal for a client that connects too often. Clients of that protocol retry by themselves.
pub(super) fn too_many(problem: &Problem) -> Response {
    let mut response = error(StatusCode::TOO_MANY_REQUESTS, FORBIDDEN, "Too many connections");
    let seconds = HeaderValue::from(problem.retry_after());
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

/// An error in the form that clients of that protocol know.
pub(super) fn error(status: StatusCode, code: u8, message: &str) -> Response {
    let body = format!(r#"{{"code":{code},"message":"{message}"}}"#);
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, content_type, body).into_response()
}

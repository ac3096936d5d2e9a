//! `/socket.io/` beside the rest of HTTP: which addresses are that protocol's, and its errors, which
//! are no problem documents (contract.md, "Conventions").

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

/// Whether an address is that protocol's, which has its own bodies of errors.
pub(super) fn is_its(path: &str) -> bool {
    path == "/socket.io" || path.starts_with("/socket.io/")
}

/// An error as clients of that protocol know it.
pub(super) fn error(status: StatusCode, code: u8, message: &str) -> Response {
    let body = format!(r#"{{"code":{code},"message":"{message}"}}"#);
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, content_type, body).into_response()
}

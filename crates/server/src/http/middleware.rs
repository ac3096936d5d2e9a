//! What surrounds every request, outermost first: its id, its log line, the end of its body, and its
//! problem, written out with the id, whoever refused it. Only `/socket.io/` has errors of its own.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use booking::{Chance as _, SystemChance};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tracing::Instrument;
use uuid::Uuid;

use super::asking::RequestId;
use super::holds;
use super::problem::Problem;
use super::request_body::guarded;
use super::request_head;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let id = request_id();
    let method = request.method().clone();
    // Without the query: it may carry a token or a phone number.
    let path = holds::shown(request.uri().path()).into_owned();
    let span = tracing::info_span!("request", request_id = %id, %method, path);
    async {
        let start = Instant::now();
        let is_socketio = is_socketio(&path);
        let (request, rest) = guarded(request);
        let (mut head, body) = request.into_parts();
        head.extensions.insert(RequestId(id.clone()));
        let mut response = match request_head::check(&head) {
            Err(_) if is_socketio => socketio_error(StatusCode::BAD_REQUEST, 3, "Bad request"),
            Err(problem) => problem.into_response(),
            Ok(()) => next.run(Request::from_parts(head, body)).await,
        };
        let problem = response.extensions_mut().remove::<Problem>();
        // A layer, a library or the endpoint of plain websockets has refused it.
        let problem = problem.or_else(|| Problem::untold(&response).filter(|_| !is_socketio));
        let code = match problem {
            Some(problem) => {
                let head = response.headers().clone();
                response = problem.render(&path, &id);
                // What others have added to the empty answer (CORS) belongs to the full one.
                for (name, value) in &head {
                    if *name != header::CONTENT_LENGTH && *name != header::CONTENT_TYPE {
                        response.headers_mut().entry(name).or_insert_with(|| value.clone());
                    }
                }
                problem.code()
            }
            None => "",
        };
        let headers = response.headers_mut();
        if !rest.taken().await {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(X_REQUEST_ID, id);
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let status = response.status().as_u16();
        tracing::debug!(status, code, duration_ms = millis(start), "answered");
        response
    }
    .instrument(span)
    .await
}

fn millis(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Our own id for a request: one from outside could be anything.
pub(crate) fn request_id() -> String {
    let mut random = [0; 16];
    match SystemChance.fill(&mut random) {
        Ok(()) => Uuid::from_bytes(random).simple().to_string(),
        Err(_) => "unknown".to_owned(),
    }
}

/// Whether an address is that protocol's, which has its own bodies of errors.
pub(super) fn is_socketio(path: &str) -> bool {
    path == "/socket.io" || path.starts_with("/socket.io/")
}

/// An error as clients of that protocol know it.
pub(super) fn socketio_error(status: StatusCode, code: u8, message: &str) -> Response {
    let body = format!(r#"{{"code":{code},"message":"{message}"}}"#);
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, content_type, body).into_response()
}

pub(crate) async fn wrong_method() -> Response {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address does not take this method",
    )
    .into_response()
}

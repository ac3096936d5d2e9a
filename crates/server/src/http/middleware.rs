//! What surrounds every request, outermost first: its id, its log line, the end of its body, and its
//! problem, if it has one, written out with the id.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use booking::{Chance as _, SystemChance};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tracing::Instrument;
use uuid::Uuid;

use super::problem::Problem;
use super::request_body::guarded;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let id = request_id();
    let method = request.method().clone();
    // Without the query: it may carry a token or a phone number.
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", request_id = %id, %method, path);
    async {
        let start = Instant::now();
        let (request, rest) = guarded(request);
        let mut response = next.run(request).await;
        let code = match response.extensions_mut().remove::<Problem>() {
            Some(problem) => {
                let head = response.headers().clone();
                response = problem.render(&path, &id);
                // What others have added to the empty answer (CORS) belongs to the full one.
                for (name, value) in &head {
                    if *name != header::CONTENT_LENGTH {
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
fn request_id() -> String {
    let mut random = [0; 16];
    match SystemChance.fill(&mut random) {
        Ok(()) => Uuid::from_bytes(random).simple().to_string(),
        Err(_) => "unknown".to_owned(),
    }
}

pub(crate) async fn no_such_address() -> Problem {
    Problem::not_found("there is nothing at this address")
}

pub(crate) async fn wrong_method() -> Response {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address does not take this method",
    )
    .into_response()
}

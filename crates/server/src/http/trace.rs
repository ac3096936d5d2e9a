//! One span for each request, under which everything is logged that is done for it, and one line when it
//! is answered.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::address::Address;
use super::holds;
use super::problem::Told;
use super::request_id::RequestId;

pub(super) async fn spanned(request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    let id = RequestId::of(extensions);
    let route = Address::of(extensions).map(Address::pattern);
    // Without the query: it may carry a token or a phone number.
    let path = holds::shown(request.uri().path());
    let span = tracing::info_span!(
        "request",
        request_id = id.as_str(),
        method = %request.method(),
        route,
        path = &*path
    );
    let answering = async {
        let start = Instant::now();
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let code = response.extensions().get().map_or("", |Told(code)| *code);
        let duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(status, code, duration_ms, "answered");
        response
    };
    answering.instrument(span).await
}

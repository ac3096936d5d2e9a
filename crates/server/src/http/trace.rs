//! One span for each request, for everything that is logged while it is served, and one line when
//! it is answered. The request is part of a trace, and the answer says which part.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument as _, field};

use super::address::Address;
use super::problem::written::Told;
use super::request_id::RequestId;
use super::shown_address;
use crate::traces::{self, TRACEPARENT, TraceContext};

pub(super) async fn spanned(request: Request, next: Next) -> Response {
    let id = RequestId::of(request.extensions());
    // `None` only where no random number can be had, and so no id either.
    let context = id.number().and_then(|id| TraceContext::of(request.headers(), id));
    let Some(mut context) = context else { return answered(request, next, &id, None).await };
    let route = Address::of(request.extensions()).map(Address::pattern);
    let sent = traces::begin(&mut context, request.method(), route);
    let answering = answered(request, next, &id, Some(context)).instrument(sent.clone());
    let mut response = context.scope(answering).await;
    traces::end(&sent, response.status());
    response.headers_mut().insert(TRACEPARENT, context.to_header());
    response
}

async fn answered(
    request: Request,
    next: Next,
    id: &RequestId,
    context: Option<TraceContext>,
) -> Response {
    let route = Address::of(request.extensions()).map(Address::pattern);
    // Without the query: it may carry a token or a phone number.
    let path = shown_address::shown(request.uri().path());
    let span = tracing::info_span!(
        "request",
        request_id = id.as_str(),
        trace_id = field::Empty,
        method = %request.method(),
        route,
        path = &*path
    );
    // Only for a trace that began elsewhere: a trace that begins here has the request's own id.
    if let Some(context) = context.filter(|context| context.began_elsewhere()) {
        span.record("trace_id", context.trace_text());
    }
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

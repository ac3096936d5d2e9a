//! `GET /metrics`: what the server counts, in Prometheus' text form or as OpenMetrics.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};

use super::accepted::weight_of;
use super::caller::Admin;
use crate::app::App;
use crate::metrics::figures::{self, Form};

const PROMETHEUS_TEXT: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// What the server counts (ADMIN).
///
/// In Prometheus' text form; as OpenMetrics 1.0.0 for callers that accept
/// `application/openmetrics-text` at least as much, as Prometheus does.
#[utoipa::path(get, path = "/metrics", tag = "operations", security(("bearer" = [])),
    responses((status = 200, content((String = "text/plain"),
        (String = "application/openmetrics-text")))))]
pub(crate) async fn show(state: State<Arc<App>>, _: Admin, headers: HeaderMap) -> Response {
    show_to_anybody(state, headers).await
}

/// On a port of its own, to which the operator restricts access.
pub(crate) async fn show_to_anybody(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    // When the store does not answer, the other metrics are needed all the more.
    let (holds, letters, payments, waiting) = tokio::join!(
        app.store.live_holds(),
        app.store.waiting_letters(),
        app.store.unfinished_payment_counts(),
        app.gateway.waiting()
    );
    let (holds, letters) = (holds.unwrap_or_default(), letters.unwrap_or_default());
    let payments = payments.ok();
    let asked = figures::Asked { holds, letters, payments, waiting };
    let (form, kind) = if wants_open_metrics(&headers) {
        (Form::OpenMetrics, OPEN_METRICS)
    } else {
        (Form::Prometheus, PROMETHEUS_TEXT)
    };
    let text = figures::told(&app.metrics, form, &app.gateway, asked, app.now());
    let headers =
        [(header::CONTENT_TYPE, kind), (header::VARY, HeaderValue::from_static("Accept"))];
    (headers, text).into_response()
}

fn wants_open_metrics(headers: &HeaderMap) -> bool {
    let wanted = weight_of("application/openmetrics-text", headers).unwrap_or(0.0);
    wanted > 0.0 && wanted >= weight_of("text/plain", headers).unwrap_or(0.0)
}

//! `GET /metrics`: what the server counts, in Prometheus' text form.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use super::caller::Admin;
use crate::app::App;
use crate::metrics;

const PROMETHEUS_TEXT: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// What the server counts, in Prometheus' text form (ADMIN).
#[utoipa::path(get, path = "/metrics", tag = "operations", security(("bearer" = [])),
    responses((status = 200, content_type = "text/plain", body = String)))]
pub(crate) async fn show(state: State<Arc<App>>, _: Admin) -> Response {
    show_to_anybody(state).await
}

/// On a port of its own, which the operator keeps to themselves.
pub(crate) async fn show_to_anybody(State(app): State<Arc<App>>) -> Response {
    // Where the store does not answer, everything else is wanted all the more.
    let holds = app.store.live_holds().await.unwrap_or_default();
    let text = metrics::told(&app.metrics, &app.gateway, holds);
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], text).into_response()
}

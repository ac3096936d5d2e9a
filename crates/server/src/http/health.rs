//! `/health`: is the process there, and can it work.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

use super::problem::Problem;
use crate::app::App;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// The process is there.
#[utoipa::path(get, path = "/health/live", tag = "operations",
    responses((status = 200, body = Health)))]
pub(crate) async fn live() -> Json<Health> {
    OK
}

/// Requests can be served: the store answers, and what is written to it lasts. Else 503 says why not.
#[utoipa::path(get, path = "/health/ready", tag = "operations",
    responses((status = 200, body = Health)))]
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Json<Health>, Problem> {
    match app.store.ready().await {
        Ok(()) => Ok(OK),
        Err(error) => {
            let detail = match error {
                // Was logged when it came up; who polls this is to see which it is.
                StoreError::Unavailable(outage) => outage.to_string(),
                error => {
                    tracing::warn!(%error, "not ready");
                    "the store does not answer".to_owned()
                }
            };
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail))
        }
    }
}

//! `/health`: whether the process runs, and whether it can work.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use store::FanOutState;
use utoipa::ToSchema;

use super::problem::Problem;
use super::to_its_end::to_its_end;
use crate::app::App;
use crate::error_codes::ErrorCode;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Where there may be other servers: `up`, or `down` while this server only looks four times a
    /// second for what they commit. Nothing is lost by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    fan_out: Option<&'static str>,
}

const OK: Json<Health> = Json(Health { status: "ok", fan_out: None });

fn with_others(state: FanOutState) -> Option<&'static str> {
    match state {
        FanOutState::Alone => None,
        FanOutState::Up => Some("up"),
        FanOutState::Down => Some("down"),
    }
}

/// The process runs.
#[utoipa::path(get, path = "/health/live", tag = "operations",
    responses((status = 200, body = Health)))]
pub(crate) async fn live() -> Json<Health> {
    OK
}

/// Requests can be served: the store answers, what is written to it lasts, and the server is not
/// about to stop. Otherwise 503 says why not.
#[utoipa::path(get, path = "/health/ready", tag = "operations",
    responses((status = 200, body = Health)))]
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Json<Health>, Problem> {
    if app.leaving.has_begun() {
        return Err(not_ready("this server is about to stop".to_owned()));
    }
    let asked = Arc::clone(&app);
    // A caller that hangs up must not make the next one ask again.
    let found = to_its_end(async move { asked.readiness.of(asked.store.ready()).await }).await?;
    found.map_err(not_ready)?;
    Ok(Json(Health { fan_out: with_others(app.gateway.fan_out()), ..OK.0 }))
}

fn not_ready(detail: String) -> Problem {
    Problem::new(ErrorCode::UNAVAILABLE, detail)
}

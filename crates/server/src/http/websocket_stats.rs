//! `/websocket/stats`: who is watching what.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use rooms::recovery::RecoveryStats;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::caller::Staff;
use super::problem::Problem;
use crate::app::App;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebsocketStats {
    /// Connections of every kind: Socket.IO, plain WebSocket, SSE.
    total_connections: usize,
    /// Routes that somebody watches.
    total_routes: usize,
    route_details: Vec<RouteDetail>,
    recovery: RecoveryDetail,
}

/// Socket.IO viewers that came back after their connection was lost, since the start.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveryDetail {
    /// Went on where they were.
    recovered: u64,
    /// Began anew: they were away for too long, or the server was killed before their session was
    /// written down.
    unknown: u64,
    /// Began anew: the session was somebody else's.
    foreign: u64,
    /// Began anew: they had missed too much.
    unrestorable: u64,
    /// Came back while their old connection still seemed to be there; it was closed.
    replaced: u64,
    /// Will begin anew if they come back: their session could not be written down.
    given_up: u64,
    /// Sessions that wait for their viewers now.
    waiting: usize,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RouteDetail {
    route_id: Uuid,
    subscriber_count: usize,
}

impl From<RecoveryStats> for RecoveryDetail {
    fn from(stats: RecoveryStats) -> Self {
        // Who was left in place in a room, or did not get into one, is no news to operators.
        Self {
            recovered: stats.recovered,
            unknown: stats.unknown,
            foreign: stats.foreign,
            unrestorable: stats.unrecoverable,
            replaced: stats.replaced,
            given_up: stats.given_up,
            waiting: stats.waiting,
        }
    }
}

/// Live connections and the routes they watch, most watched first (staff).
#[utoipa::path(get, path = "/websocket/stats", tag = "operations", security(("bearer" = [])),
    responses((status = 200, body = WebsocketStats)))]
pub(crate) async fn stats(
    State(app): State<Arc<App>>,
    _: Staff,
) -> Result<Json<WebsocketStats>, Problem> {
    let mut route_details: Vec<RouteDetail> = app
        .gateway
        .watched_routes()
        .into_iter()
        .map(|(route_id, subscriber_count)| RouteDetail { route_id: route_id.0, subscriber_count })
        .collect();
    route_details.sort_by_key(|detail| (usize::MAX - detail.subscriber_count, detail.route_id));
    Ok(Json(WebsocketStats {
        total_connections: app.gateway.connections(),
        total_routes: route_details.len(),
        route_details,
        recovery: app.gateway.recovery_stats().into(),
    }))
}

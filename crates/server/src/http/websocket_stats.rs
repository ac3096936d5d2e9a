//! `/websocket/stats`: how many viewers watch which route.

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
    /// Routes with at least one viewer.
    total_routes: usize,
    route_details: Vec<RouteDetail>,
    recovery: RecoveryDetail,
}

/// Socket.IO viewers that reconnected after their connection was lost, since the start.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveryDetail {
    /// Recovered: they resumed where they were.
    recovered: u64,
    /// Began anew: they were away for too long, or the server was killed before their session was
    /// written down.
    unknown: u64,
    /// Began anew: the session belonged to another user.
    foreign: u64,
    /// Began anew: they had missed too much.
    unrestorable: u64,
    /// Reconnected while their old connection still seemed open; the old one was closed.
    replaced: u64,
    /// Will begin anew if they reconnect: their session could not be written down.
    given_up: u64,
    /// Sessions that now wait for their viewers.
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
        // Viewers that stayed in a room, or could not enter one, are of no interest to operators.
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

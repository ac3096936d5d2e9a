//! `GET /routes/{id}/events`: the route's seat updates as Server-Sent Events, so that `curl -N` is
//! enough to watch a route.
//!
//! Every event carries its `seq` as the id; a reader that reconnects with `Last-Event-ID` resumes
//! exactly there. The first event is `subscribed` with an id of its own, so that even a reader that
//! has seen no other event yet resumes without a gap.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use http_body::Frame;
use serde::Deserialize;
use store::StoreError;
use tokio::time::Interval;
use utoipa::IntoParams;

use super::behind_proxies::ByProxy;
use super::caller::bearer;
use super::payload::{Id, Query};
use super::problem::Problem;
use crate::app::App;
use crate::config::GatewayAuth;
use crate::gateway::{EventStreamViewer, WatchError};
use crate::limits::OpenConnection;
use crate::listen::Watched;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Bytes handed to the connection at a time.
const CHUNK_BYTES_MAX: usize = 64 * 1024;

/// A comment at this interval keeps proxies from closing a quiet stream, and finds dead readers.
const KEEP_ALIVE_SECONDS: u64 = 20;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamQuery {
    /// For readers that cannot set a header: `EventSource` in browsers.
    token: Option<String>,
    /// As `Last-Event-ID`, for readers that cannot set that either; the header wins.
    last_event_id: Option<String>,
}

/// Watch a route.
///
/// Resumes after `Last-Event-ID`; an id that is empty or not a number begins at the newest event.
#[utoipa::path(get, path = "/routes/{id}/events", tag = "routes",
    params(("id" = Uuid, Path), ("Last-Event-ID" = Option<String>, Header), StreamQuery),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub(crate) async fn stream(
    State(app): State<Arc<App>>,
    Id(id): Id,
    Query(query): Query<StreamQuery>,
    by_proxy: Option<Extension<ByProxy>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = match bearer(&headers).transpose()? {
        Some(token) => Some(token),
        None => query.token.as_deref(),
    };
    let known = match token {
        Some(token) => Some(app.gateway.know(token).await?),
        None => None,
    };
    if known.is_none() && app.gateway.auth() == GatewayAuth::Required {
        return Err(Problem::unauthorized("watching needs a login here"));
    }
    let since = resume_behind(&headers, query.last_event_id.as_deref());
    let viewer = app.gateway.watch(id.into(), since, known).await.map_err(|error| match error {
        WatchError::RouteNotFound => domain::Refusal::RouteNotFound.into(),
        WatchError::TooManyRoutes | WatchError::TooManyViewers | WatchError::Gone => {
            StoreError::Busy.into()
        }
        WatchError::Store(error) => Problem::from(error),
    })?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // For nginx, which would otherwise buffer events before it passes them on.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    let period = std::time::Duration::from_secs(KEEP_ALIVE_SECONDS);
    let start = tokio::time::Instant::now() + period;
    let keep_alive = tokio::time::interval_at(start, period);
    // A stream that came by itself is counted with its connection.
    let open = by_proxy.map(|Extension(ByProxy(caller))| app.open_connections.open(caller));
    let body = Body::new(EventBody { viewer, keep_alive, _open: open });
    Ok((Extension(Watched), headers, body).into_response())
}

/// The event after which the reader resumes. An id that this server never sent begins at the head:
/// a 400 would end an `EventSource` for good. The header wins, because a reader that reconnects
/// sends the newest id there, while its address still has the id that it began with.
fn resume_behind(headers: &HeaderMap, in_address: Option<&str>) -> Option<u64> {
    let id = match headers.get(LAST_EVENT_ID) {
        Some(header) => header.to_str().ok(),
        None => in_address,
    };
    id.and_then(|id| id.trim().parse().ok())
}

struct EventBody {
    viewer: EventStreamViewer,
    keep_alive: Interval,
    _open: Option<OpenConnection>,
}

impl http_body::Body for EventBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Poll::Ready(frames) = self.viewer.poll_take(cx, CHUNK_BYTES_MAX) {
            let Some(frames) = frames else { return Poll::Ready(None) };
            let mut chunk = BytesMut::new();
            frames.iter().for_each(|frame| chunk.extend_from_slice(&frame.payload()));
            return Poll::Ready(Some(Ok(Frame::data(chunk.freeze()))));
        }
        ready!(self.keep_alive.poll_tick(cx));
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b": keep-alive\n\n")))))
    }
}

//! A viewer that reads Server-Sent Events: one route, pulled by the body of a response.

use std::sync::Arc;
use std::task::{Context, Poll};

use domain::{Actor, RouteId};
use rooms::{Frame, JoinError, Presence, Start};
use store::StoreError;

use super::availability;
use super::seat_update::{SSE, room, server_sent};
use super::watching::subscribed;
use super::{Gateway, WatchError};

/// Dropping it leaves the route.
#[derive(Debug)]
pub(crate) struct EventStreamViewer(Presence);

impl EventStreamViewer {
    /// What there is to send; `None` once the viewer was closed.
    pub(crate) fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        bytes_max: usize,
    ) -> Poll<Option<Vec<Frame>>> {
        self.0.viewer().poll_take(cx, bytes_max).map(Result::ok)
    }
}

impl Gateway {
    /// Starts to watch a route behind `since`, or from now on.
    pub(crate) async fn watch(
        &self,
        route_id: RouteId,
        since: Option<u64>,
        caller: Option<Actor>,
    ) -> Result<EventStreamViewer, WatchError> {
        let watching = self.watching();
        let presence = watching.hub.connect().map_err(|_| WatchError::Full)?;
        let viewer = Arc::clone(presence.viewer());
        let view = self.view(caller, SSE);
        let confirm = |seq| {
            let answer = subscribed(route_id, seq);
            [server_sent(answer.event, Some(seq), &answer.data)]
        };
        let name = room(route_id);
        let start = since.map_or(Start::Head, Start::After);
        match watching.hub.join(&viewer, &name, start, view, confirm).await {
            Ok(_) => return Ok(EventStreamViewer(presence)),
            Err(JoinError::Ahead { .. } | JoinError::Behind { .. }) => {}
            Err(error) => return Err(refused(error)),
        }
        let hold = watching.hub.hold(&viewer, &name, view.channel);
        watching.hub.join(&viewer, &name, Start::Head, view, confirm).await.map_err(refused)?;
        let snapshot = watching.store.seat_snapshot(route_id).await.map_err(WatchError::Store)?;
        let snapshot = snapshot.ok_or(WatchError::RouteNotFound)?;
        let segment = snapshot.route.whole().ok_or(WatchError::RouteNotFound)?;
        let seq = snapshot.seq.get();
        let data = availability::json(&snapshot, segment);
        let frame = server_sent("seat_snapshot", Some(seq), &data);
        // Nothing has been given behind the head that was joined at, and the store is not behind it.
        hold.release_at(seq, [frame]).map_err(|_| WatchError::Store(StoreError::Busy))?;
        Ok(EventStreamViewer(presence))
    }
}

fn refused(error: JoinError) -> WatchError {
    match error {
        JoinError::UnknownRoom => WatchError::RouteNotFound,
        JoinError::TooManyRooms | JoinError::Closed => WatchError::Full,
        other => WatchError::Store(StoreError::failed(other)),
    }
}

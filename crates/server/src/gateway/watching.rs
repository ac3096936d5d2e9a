//! Answering viewers: in, out, and the seats as they stand.
//!
//! Whatever the transport, the confirmation of a subscription stands exactly before the event
//! `seq + 1`, and a snapshot exactly at its `seq`: `rooms` keeps the places, this file says what
//! goes there.

use std::sync::Arc;

use domain::RouteId;
use rooms::{Frame, Hub, JoinError, Start, View, Viewer};
use serde_json::json;
use store::{SeatSnapshot, Store, StoreError};

use super::availability;
use super::request::{Answer, Part, Request, Trouble};
use super::seat_update::room;

/// How often a snapshot is read again because the viewer has been told of later events meanwhile.
/// The viewer's events are held back while it is read, so once is enough unless the store lags.
const SNAPSHOT_ATTEMPTS_MAX: u32 = 3;

/// Why a route cannot be watched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    #[error("there is no such route")]
    RouteNotFound,
    #[error("this connection watches too many routes")]
    TooManyRoutes,
    #[error("there are too many viewers")]
    TooManyViewers,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One viewer as this module needs it: the engine's, how it sees rooms, and how answers are wrapped.
#[derive(Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) viewer: &'a Arc<Viewer>,
    pub(crate) view: View,
    /// One answer as its frames: an event, and an acknowledgement if one was asked for.
    pub(crate) wrap: &'a (dyn Fn(&Answer) -> Vec<Frame> + Send + Sync),
}

#[derive(Clone)]
pub(crate) struct Watching {
    pub(crate) hub: Hub,
    pub(crate) store: Arc<dyn Store>,
}

impl Watching {
    /// Carries a request out and answers it.
    pub(crate) async fn serve(
        &self,
        asker: Asker<'_>,
        event: &str,
        request: Result<Request, Trouble>,
    ) {
        let outcome = match request {
            Ok(Request::Subscribe { route_id, since }) => {
                self.subscribe(asker, route_id, since).await.map_err(|error| error.about(route_id))
            }
            Ok(Request::Unsubscribe { route_id }) => {
                self.unsubscribe(asker, route_id);
                Ok(())
            }
            Ok(Request::Availability { route_id, part }) => self
                .availability(asker, route_id, &part)
                .await
                .map_err(|error| error.about(route_id)),
            Err(trouble) => Err(trouble),
        };
        if let Err(mut trouble) = outcome {
            if trouble.event.is_none() && !event.is_empty() {
                trouble.event = Some(event.to_owned());
            }
            asker.viewer.send_all((asker.wrap)(&Answer::from(&trouble)));
        }
    }

    async fn subscribe(
        &self,
        asker: Asker<'_>,
        route_id: RouteId,
        since: Option<u64>,
    ) -> Result<(), Trouble> {
        let confirm = |seq| (asker.wrap)(&subscribed(route_id, seq));
        // Only the event: the acknowledgement has gone out with `subscribed`.
        let catch_up = |snapshot: &Answer| (asker.wrap)(snapshot).into_iter().take(1).collect();
        self.follow(asker, route_id, since, confirm, |_, answer| catch_up(answer)).await?;
        Ok(())
    }

    /// Brings a viewer into a route's room behind `since`, or from now on. When what it missed is
    /// too much or no longer kept, one snapshot of the whole route comes instead, then live.
    pub(crate) async fn follow(
        &self,
        Asker { viewer, view, .. }: Asker<'_>,
        route_id: RouteId,
        since: Option<u64>,
        confirm: impl Fn(u64) -> Vec<Frame> + Send + Sync,
        catch_up: impl Fn(u64, &Answer) -> Vec<Frame> + Send + Sync,
    ) -> Result<(), WatchError> {
        let room = room(route_id);
        let start = since.map_or(Start::Head, Start::After);
        match self.hub.join(viewer, &room, start, view, &confirm).await {
            Err(JoinError::Ahead { .. } | JoinError::Behind { .. }) => {}
            joined => return joined.map(drop).map_err(not_joined),
        }
        let hold = self.hub.hold(viewer, &room, view.channel);
        self.hub.join(viewer, &room, Start::Head, view, &confirm).await.map_err(not_joined)?;
        let snapshot = self.snapshot(route_id).await?;
        let segment = snapshot.route.whole().ok_or(WatchError::RouteNotFound)?;
        let seq = snapshot.seq.get();
        let data = availability::json(&snapshot, segment);
        let answer = Answer { event: "seat_snapshot", data };
        // Nothing behind the head that was joined at has been given, and the store is not behind it.
        hold.release_at(seq, catch_up(seq, &answer))
            .map_err(|passed| StoreError::failed(passed).into())
    }

    fn unsubscribe(&self, asker: Asker<'_>, route_id: RouteId) {
        self.hub.leave(asker.viewer, &room(route_id), asker.view.channel);
        let answer = Answer::new(
            "unsubscribed",
            &json!({
                "routeId": route_id,
                "message": format!("Successfully unsubscribed from route {route_id}"),
            }),
        );
        asker.viewer.send_all((asker.wrap)(&answer));
    }

    async fn availability(
        &self,
        asker: Asker<'_>,
        route_id: RouteId,
        part: &Part,
    ) -> Result<(), Trouble> {
        for _ in 0..SNAPSHOT_ATTEMPTS_MAX {
            let hold = self.hub.hold(asker.viewer, &room(route_id), asker.view.channel);
            let snapshot = self.snapshot(route_id).await?;
            let segment = match part {
                Part::Whole => snapshot.route.segment_or_whole(None, None)?,
                Part::Cities { from, to } => {
                    snapshot.route.segment_or_whole(from.as_deref(), to.as_deref())?
                }
                Part::Stops { from, to } => snapshot.route.segment_at(*from, *to)?,
            };
            let data = availability::json(&snapshot, segment);
            let answer = Answer { event: "seat_availability", data };
            if hold.release_at(snapshot.seq.get(), (asker.wrap)(&answer)).is_ok() {
                return Ok(());
            }
        }
        Err(Trouble::unavailable())
    }

    async fn snapshot(&self, route_id: RouteId) -> Result<SeatSnapshot, WatchError> {
        self.store.seat_snapshot(route_id).await?.ok_or(WatchError::RouteNotFound)
    }
}

pub(crate) fn subscribed(route_id: RouteId, seq: u64) -> Answer {
    Answer::new(
        "subscribed",
        &json!({
            "routeId": route_id,
            "message": format!("Successfully subscribed to route {route_id}"),
            "seq": seq,
        }),
    )
}

fn not_joined(error: JoinError) -> WatchError {
    match error {
        JoinError::UnknownRoom => WatchError::RouteNotFound,
        JoinError::TooManyRooms => WatchError::TooManyRoutes,
        JoinError::Closed => StoreError::Closed.into(),
        other => StoreError::failed(other).into(),
    }
}

impl From<WatchError> for Trouble {
    fn from(error: WatchError) -> Self {
        match error {
            WatchError::RouteNotFound => Self::route_not_found(),
            WatchError::TooManyRoutes | WatchError::TooManyViewers => {
                Self::new("rate_limited", "Too many subscriptions on this connection")
            }
            WatchError::Store(error) => {
                tracing::warn!(%error, "a viewer could not be answered");
                Self::unavailable()
            }
        }
    }
}

//! Answering viewers: in, out, and the seats as they stand.
//!
//! Whatever the transport, the confirmation of a subscription stands exactly before the event
//! `seq + 1`, and a snapshot exactly at its `seq`: `rooms` keeps the places, this file says what
//! goes there.

use std::sync::Arc;

use domain::{RouteId, Seq};
use rooms::{Frame, Hub, JoinError, Start, View, Viewer};
use serde_json::json;
use store::{SeatSnapshot, Store};

use super::availability;
use super::request::{Answer, Part, Request, Trouble};
use super::seat_update::room;

/// How often a snapshot is read again because the viewer has been told of later events meanwhile.
/// The viewer's events are held back while it is read, so once is enough unless the store lags.
const SNAPSHOT_ATTEMPTS_MAX: u32 = 3;

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
        let subscribed = |seq| (asker.wrap)(&subscribed(route_id, seq));
        let start = since.map_or(Start::Head, Start::After);
        match self.join(asker, route_id, start, subscribed).await {
            Err(JoinError::Ahead { .. } | JoinError::Behind { .. }) => {}
            other => return other.map(drop).map_err(trouble),
        }
        // What is missing is too much or no longer kept: one snapshot instead, then live.
        let hold = self.hub.hold(asker.viewer, &room(route_id), asker.view.channel);
        self.join(asker, route_id, Start::Head, subscribed).await.map_err(trouble)?;
        let snapshot = self.snapshot(route_id).await?;
        let segment = snapshot.route.whole().ok_or_else(Trouble::unavailable)?;
        let answer =
            Answer { event: "seat_snapshot", data: availability::json(&snapshot, segment) };
        let frames = (asker.wrap)(&answer);
        hold.release_at(snapshot.seq.get(), frames.into_iter().take(1))
            .map_err(|_| Trouble::unavailable())
    }

    async fn join(
        &self,
        asker: Asker<'_>,
        route_id: RouteId,
        start: Start,
        reply: impl FnOnce(u64) -> Vec<Frame> + Send,
    ) -> Result<u64, JoinError> {
        self.hub.join(asker.viewer, &room(route_id), start, asker.view, reply).await
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
            let answer =
                Answer { event: "seat_availability", data: availability::json(&snapshot, segment) };
            if hold.release_at(snapshot.seq.get(), (asker.wrap)(&answer)).is_ok() {
                return Ok(());
            }
        }
        Err(Trouble::unavailable())
    }

    pub(crate) async fn snapshot(&self, route_id: RouteId) -> Result<SeatSnapshot, Trouble> {
        match self.store.seat_snapshot(route_id).await {
            Ok(Some(snapshot)) => Ok(snapshot),
            Ok(None) => Err(Trouble::route_not_found()),
            Err(error) => {
                tracing::warn!(%error, %route_id, "a seat map could not be read");
                Err(Trouble::unavailable())
            }
        }
    }
}

pub(crate) fn subscribed(route_id: RouteId, seq: u64) -> Answer {
    Answer::new(
        "subscribed",
        &json!({
            "routeId": route_id,
            "message": format!("Successfully subscribed to route {route_id}"),
            "seq": Seq::new(seq).get(),
        }),
    )
}

fn trouble(error: JoinError) -> Trouble {
    match error {
        JoinError::UnknownRoom => Trouble::route_not_found(),
        JoinError::TooManyRooms => {
            Trouble::new("rate_limited", "Too many subscriptions on this connection")
        }
        JoinError::History(error) => {
            tracing::warn!(%error, "a route's events could not be read");
            Trouble::unavailable()
        }
        JoinError::Ahead { .. } | JoinError::Behind { .. } | JoinError::Closed => {
            Trouble::unavailable()
        }
    }
}

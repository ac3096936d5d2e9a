//! Answers viewers' requests: subscribe, unsubscribe, and the seats as they are now.
//!
//! On every transport, the confirmation of a subscription stands exactly before the event
//! `seq + 1`, and a snapshot exactly at its `seq`: `rooms` keeps the places, this file says what is
//! sent there.

use std::error::Error as _;

use domain::RouteId;
use rooms::{Frame, HistoryError, Hub, JoinError, Place, Start};
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;
use uuid::Uuid;

use super::asker::Asker;
use super::request::{Answer, Part, Request, Trouble};
use super::room_name::room;
use super::since::Since;
use super::snapshots::Snapshots;
use super::watch_error::WatchError;
use crate::error_codes::SocketErrorCode;

/// How often a snapshot is taken again because it could not be placed: events passed it meanwhile.
/// A snapshot is the newest when it is taken, so once is enough unless the store lags.
const SNAPSHOT_ATTEMPTS_MAX: u32 = 3;

/// The errors after a look-up in vain, and its cost in addition to the request itself, in messages.
const IN_VAIN: [&str; 2] =
    [SocketErrorCode::ROUTE_NOT_FOUND.name(), SocketErrorCode::UNAUTHORIZED.name()];
const IN_VAIN_MESSAGES: u32 = 4;

#[derive(Clone)]
pub(crate) struct Watching {
    pub(crate) hub: Hub,
    pub(crate) snapshots: Snapshots,
    pub(crate) since: Since,
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
                self.unsubscribe(asker, route_id).await.map_err(|error| error.about(route_id))
            }
            Ok(Request::Availability { route_id, part }) => self
                .availability(asker, route_id, &part)
                .await
                .map_err(|error| error.about(route_id)),
            Ok(Request::Authenticate(_)) => {
                unreachable!("it is about no route: who keeps the viewer's identity answers it")
            }
            Err(trouble) => Err(trouble),
        };
        if let Err(trouble) = outcome {
            self.refuse(asker, event, trouble);
        }
    }

    /// Answers a request that was carried out elsewhere.
    pub(crate) fn tell(&self, asker: Asker<'_>, event: &str, answer: Result<Answer, Trouble>) {
        match answer {
            Ok(answer) => asker.send(&answer),
            Err(trouble) => self.refuse(asker, event, trouble),
        }
    }

    fn refuse(&self, asker: Asker<'_>, event: &str, mut trouble: Trouble) {
        // Ids are random, so a cache of unknown ones would never be hit twice: the viewer that
        // asked pays for a look-up in vain. The same goes for a token.
        if IN_VAIN.contains(&trouble.code) {
            asker.charge(IN_VAIN_MESSAGES);
        }
        if trouble.event.is_none() && !event.is_empty() {
            trouble.event = Some(event.to_owned());
        }
        asker.send(&Answer::from(&trouble));
    }

    async fn subscribe(
        &self,
        asker: Asker<'_>,
        route_id: RouteId,
        since: Option<u64>,
    ) -> Result<(), Trouble> {
        let confirm = |seq| asker.way.frames(&subscribed(route_id, seq));
        // Only the event: the acknowledgement was sent with `subscribed`.
        let catch_up = |snapshot: &Answer| asker.way.frames(snapshot).into_iter().take(1).collect();
        self.follow(asker, route_id, since, confirm, |_, answer| catch_up(answer)).await?;
        Ok(())
    }

    /// Adds a viewer to a route's room after `since`, or from now on. When it has missed too much,
    /// or what it missed is no longer kept, it gets one snapshot of the whole route instead, and
    /// then live events.
    pub(crate) async fn follow(
        &self,
        asker: Asker<'_>,
        route_id: RouteId,
        since: Option<u64>,
        confirm: impl Fn(u64) -> Vec<Frame> + Send + Sync,
        catch_up: impl Fn(u64, &Answer) -> Vec<Frame> + Send + Sync,
    ) -> Result<(), WatchError> {
        let room = room(route_id);
        // Without a place of its own it begins at the head: no snapshot, which is only for those
        // that send `since`.
        let Some(since) = since else {
            let confirm = |place: Place| confirm(place.seq);
            let joined = asker.join(&self.hub, &room, Start::Head, confirm).await;
            return joined.map(drop).map_err(not_joined);
        };
        // Before anything is asked for this viewer alone: a crowd that comes back at once opens the
        // room once, and mostly that is all it has to ask.
        let opened = self.hub.open(&room).await.map_err(not_joined)?;
        let place = self.since.place(route_id, &opened, asker.viewer(), asker.view, since).await?;
        let mut joined = match place {
            Some(place) => {
                let start = Start::After(place);
                asker.join(&self.hub, &room, start, |place| confirm(place.seq)).await
            }
            // It is ahead of this database, or from another history: the viewer cannot resume.
            None => Err(JoinError::Ahead { head: 0 }),
        };
        for _ in 0..SNAPSHOT_ATTEMPTS_MAX {
            let Err(JoinError::Ahead { .. } | JoinError::Behind { .. }) = joined else { break };
            let snapshot = self.snapshots.now(route_id).await?;
            let segment = snapshot.seats.route.whole().ok_or(WatchError::RouteNotFound)?;
            let place = snapshot.place();
            let caught_up =
                catch_up(place.seq, &snapshot.answer("seat_snapshot", segment, asker.audience));
            let reply = |at: Place| confirm(at.seq).into_iter().chain(caught_up);
            joined = asker.join_with_snapshot(&self.hub, &room, place, reply).await;
        }
        drop(opened);
        joined.map(drop).map_err(not_joined)
    }

    async fn unsubscribe(&self, asker: Asker<'_>, route_id: RouteId) -> Result<(), Trouble> {
        asker.leave(&self.hub, &room(route_id)).await.map_err(WatchError::Store)?;
        asker.send(&Answer::new("unsubscribed", &Unsubscribed::from(route_id)));
        Ok(())
    }

    async fn availability(
        &self,
        asker: Asker<'_>,
        route_id: RouteId,
        part: &Part,
    ) -> Result<(), Trouble> {
        for _ in 0..SNAPSHOT_ATTEMPTS_MAX {
            let hold = self.hub.hold(asker.viewer(), &room(route_id), asker.view.channel);
            let snapshot = self.snapshots.now(route_id).await?;
            let route = &snapshot.seats.route;
            let segment = match part {
                Part::Whole => route.segment_or_whole(None, None)?,
                Part::Cities { from, to } => {
                    route.segment_or_whole(from.as_deref(), to.as_deref())?
                }
                Part::Stops { from, to } => route.segment_at(*from, *to)?,
            };
            let answer = snapshot.answer("seat_availability", segment, asker.audience);
            let Place { ordinal, .. } = snapshot.place();
            if hold.release_at(ordinal, asker.way.frames(&answer)).is_ok() {
                return Ok(());
            }
        }
        Err(Trouble::unavailable())
    }
}

pub(crate) fn subscribed(route_id: RouteId, seq: u64) -> Answer {
    Answer::new("subscribed", &Subscribed::to(route_id, seq))
}

/// The next `seat_update` of the route is `seq + 1`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subscribed {
    message: String,
    route_id: Uuid,
    seq: u64,
}

impl Subscribed {
    pub(super) fn to(route_id: RouteId, seq: u64) -> Self {
        let message = format!("Successfully subscribed to route {route_id}");
        Self { message, route_id: route_id.0, seq }
    }
}

/// Nothing of the route is sent any more.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unsubscribed {
    message: String,
    route_id: Uuid,
}

impl From<RouteId> for Unsubscribed {
    fn from(route_id: RouteId) -> Self {
        let message = format!("Successfully unsubscribed from route {route_id}");
        Self { message, route_id: route_id.0 }
    }
}

fn not_joined(error: JoinError) -> WatchError {
    match error {
        JoinError::UnknownRoom => WatchError::RouteNotFound,
        JoinError::TooManyRooms => WatchError::TooManyRoutes,
        JoinError::Closed => WatchError::Gone,
        JoinError::History(error) => not_answered(error).into(),
        other => StoreError::failed(other).into(),
    }
}

/// What the store said when the engine asked it for history.
fn not_answered(error: HistoryError) -> StoreError {
    match error.source().and_then(|cause| cause.downcast_ref()) {
        Some(StoreError::Busy) => StoreError::Busy,
        Some(StoreError::Closed) => StoreError::Closed,
        Some(StoreError::Unavailable(outage)) => StoreError::Unavailable(*outage),
        Some(StoreError::Failed(_)) | None => StoreError::failed(error),
    }
}

impl From<WatchError> for Trouble {
    fn from(error: WatchError) -> Self {
        match error {
            WatchError::RouteNotFound => Self::route_not_found(),
            WatchError::TooManyRoutes | WatchError::TooManyViewers => Self::new(
                SocketErrorCode::RATE_LIMITED,
                "Too many subscriptions on this connection",
            ),
            // A crowd that comes back at once is many lines that say one thing: each tries again.
            WatchError::Gone | WatchError::Store(StoreError::Busy) => Self::unavailable(),
            WatchError::Store(error) => {
                tracing::warn!(%error, "a viewer could not be answered");
                Self::unavailable()
            }
        }
    }
}

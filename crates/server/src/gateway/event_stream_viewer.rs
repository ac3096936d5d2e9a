//! A viewer that reads Server-Sent Events: one route, pulled by the body of a response.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use domain::RouteId;
use rooms::{CloseReason, Frame, Presence, Viewer};
use socketio::spread;

use super::generation::Generation;
use super::identity::Known;
use super::privileges::Door;
use super::request::Form;
use super::seat_update::{SSE, server_sent};
use super::sockets::PIECE_VIEWERS_MAX;
use super::watching::{Asker, subscribed};
use super::{Gateway, WatchError, view};
use crate::http::wire::audience::Audience;

/// Readers of streams now, of the whole process: each holds nothing for it.
static READERS: AtomicUsize = AtomicUsize::new(0);

/// Dropping it leaves the route.
#[derive(Debug)]
pub(crate) struct EventStreamViewer {
    presence: Presence,
    /// Held while it is looked after ([`super::privileges`]).
    _known: Option<Arc<Known>>,
    _counted: Counted,
}

/// One of the readers, for as long as it is held.
#[derive(Debug)]
struct Counted;

impl Counted {
    fn new() -> Self {
        READERS.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        READERS.fetch_sub(1, Ordering::Relaxed);
    }
}

impl EventStreamViewer {
    /// What there is to send; `None` once the viewer was closed, or the route is gone.
    pub(crate) fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        bytes_max: usize,
    ) -> Poll<Option<Vec<Frame>>> {
        let viewer = self.presence.viewer();
        match viewer.poll_take(cx, bytes_max) {
            // It has been told of the end, and watches nothing any more.
            Poll::Pending if viewer.rooms() == 0 => Poll::Ready(None),
            taken => taken.map(Result::ok),
        }
    }
}

impl Generation {
    /// Ends the streams of all readers, evenly over so long.
    pub(super) async fn end_streams(&self, over: Duration) {
        let end = |viewer: &Weak<Viewer>| {
            if let Some(viewer) = viewer.upgrade() {
                viewer.end([], CloseReason::Shutdown);
            }
        };
        spread::evenly(&self.streams(), over, end).await;
    }

    /// Looked for in their rooms: nothing is held for a reader until it is to be ended.
    fn streams(&self) -> Vec<Weak<Viewer>> {
        let mut rooms = Vec::new();
        self.hub().each_room(|room, _| rooms.push(room.to_owned()));
        let mut streams = Vec::new();
        for room in rooms {
            let mut at = Some(0);
            while let Some(place) = at {
                let (watchers, next) = self.hub().watchers(&room, place, PIECE_VIEWERS_MAX);
                let readers = watchers.iter().filter(|watcher| watcher.view.encoding == SSE);
                streams.extend(readers.map(|reader| Arc::downgrade(&reader.viewer)));
                at = next;
            }
        }
        streams
    }
}

impl Gateway {
    /// Readers of event streams now.
    pub(crate) fn stream_readers(&self) -> usize {
        READERS.load(Ordering::Relaxed)
    }

    /// Starts to watch a route behind `since`, or from now on.
    pub(crate) async fn watch(
        &self,
        route_id: RouteId,
        since: Option<u64>,
        known: Option<Arc<Known>>,
    ) -> Result<EventStreamViewer, WatchError> {
        let generation = self.generation();
        let (watching, identities) = (&generation.watching, &generation.identities);
        let caller = known.as_ref().and_then(|known| known.caller());
        let presence = watching.hub.connect().map_err(|_| WatchError::TooManyViewers)?;
        let asker = Asker {
            viewer: presence.viewer(),
            view: view(identities.mode, caller, SSE),
            audience: Audience::of(caller),
            wrap: &|answer| vec![server_sent(answer.event, None, &answer.data)],
            // One request over HTTP, which has limits of its own.
            charge: &|_| {},
            socket: None,
        };
        let confirm = |seq| {
            let answer = subscribed(route_id, seq);
            vec![server_sent(answer.event, Some(seq), &answer.data)]
        };
        watching
            .follow(asker, route_id, since, confirm, |seq, answer| {
                let make = || server_sent(answer.event, Some(seq), &answer.data);
                vec![answer.frame(Form::ServerSent, make)]
            })
            .await?;
        if let Some(known) = &known {
            identities.privileges.watch(known, Door::Stream(Arc::downgrade(presence.viewer())));
        }
        Ok(EventStreamViewer { presence, _known: known, _counted: Counted::new() })
    }
}

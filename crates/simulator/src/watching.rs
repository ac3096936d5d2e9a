//! The server's side of a connection: what a viewer asks is answered one request after the other.
//!
//! It places its answers as the gateway of `server` does (`gateway/watching.rs`), with the same calls
//! in the same order; the words are this crate's own.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use domain::Seq;
use rooms::{
    AnyStream, Event, Full, History, HistoryError, Hub, JoinError, Presence, Start, Stream as _,
    View, Viewer,
};
use store::{SeatSnapshot, Store, StoreError};
use tokio::sync::mpsc;

use crate::mutation::Mutation;
use crate::socket::Socket;
use crate::town::{room, route_id, route_of};
use crate::wire;

/// What a viewer may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Subscribe { route: usize, since: Option<u64> },
    Availability { route: usize },
    Leave { route: usize },
}

/// Requests that wait for the one that is being answered.
const REQUESTS_WAITING_MAX: usize = 16;

/// As in the gateway.
const SNAPSHOT_ATTEMPTS_MAX: u32 = 3;

/// The store's events for the hub.
pub(crate) struct StoredHistory {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) mutation: Option<Mutation>,
}

#[async_trait]
impl History for StoredHistory {
    async fn head(&self, room: &str) -> Result<Option<u64>, HistoryError> {
        let Some(route) = route_of(room) else { return Ok(None) };
        let head = self.store.head(route_id(route)).await.map_err(HistoryError::new)?;
        Ok(head.map(Seq::get))
    }

    async fn read(&self, room: &str, after: u64, limit: usize) -> Result<Vec<Event>, HistoryError> {
        let Some(route) = route_of(room) else { return Ok(Vec::new()) };
        let events = self.store.events(route_id(route), Seq::new(after), limit).await;
        let events = events.map_err(HistoryError::new)?;
        Ok(events.into_iter().map(|event| wire::event(event, self.mutation)).collect())
    }

    async fn seq_at(&self, room: &str, position: u64) -> Result<Option<u64>, HistoryError> {
        let Some(route) = route_of(room) else { return Ok(None) };
        let seq = self.store.seq_at(route_id(route), position).await;
        Ok(seq.map_err(HistoryError::new)?.map(Seq::get))
    }
}

#[derive(Clone)]
pub(crate) struct Watching {
    pub(crate) hub: Hub,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) mutation: Option<Mutation>,
}

impl Watching {
    /// Takes a connection in. Requests go into the sender; dropping it ends the asking.
    pub(crate) fn accept(
        &self,
        socket: &Socket,
        view: View,
    ) -> Result<(Arc<Viewer>, mpsc::Sender<Request>), Full> {
        let presence = self.hub.connect()?;
        presence.attach(AnyStream::Boxed(Box::new(socket.clone())));
        let viewer = Arc::clone(&presence);
        let (asking, requests) = mpsc::channel(REQUESTS_WAITING_MAX);
        tokio::spawn(keep(presence, socket.clone()));
        tokio::spawn(self.clone().serve(Arc::clone(&viewer), view, requests));
        Ok((viewer, asking))
    }

    async fn serve(self, viewer: Arc<Viewer>, view: View, mut requests: mpsc::Receiver<Request>) {
        while let Some(request) = requests.recv().await {
            let (route, outcome) = match request {
                Request::Subscribe { route, since } => {
                    (route, self.follow(&viewer, view, route, since).await)
                }
                Request::Availability { route } => {
                    (route, self.availability(&viewer, view, route).await)
                }
                Request::Leave { route } => {
                    self.hub.leave(&viewer, &room(route), view.channel);
                    viewer.send(wire::left(route));
                    (route, Ok(()))
                }
            };
            if outcome.is_err() {
                viewer.send(wire::trouble(route));
            }
        }
    }

    async fn follow(
        &self,
        viewer: &Arc<Viewer>,
        view: View,
        route: usize,
        since: Option<u64>,
    ) -> Result<(), StoreError> {
        let name = room(route);
        let confirm = |seq| [wire::subscribed(route, seq)];
        let start = since.map_or(Start::Head, Start::After);
        let mut joined = self.hub.join(viewer, &name, start, view, confirm).await;
        for _ in 0..SNAPSHOT_ATTEMPTS_MAX {
            let Err(JoinError::Ahead { .. } | JoinError::Behind { .. }) = joined else { break };
            let snapshot = self.snapshot(route).await?;
            let start = Start::After(snapshot.seq.get());
            let reply = |seq| [wire::subscribed(route, seq), wire::snapshot(route, &snapshot)];
            joined = self.hub.join(viewer, &name, start, view, reply).await;
        }
        joined.map(drop).map_err(StoreError::failed)
    }

    async fn availability(
        &self,
        viewer: &Arc<Viewer>,
        view: View,
        route: usize,
    ) -> Result<(), StoreError> {
        for _ in 0..SNAPSHOT_ATTEMPTS_MAX {
            let hold = self.hub.hold(viewer, &room(route), view.channel);
            let snapshot = self.snapshot(route).await?;
            let frame = wire::snapshot(route, &snapshot);
            if self.mutation == Some(Mutation::MisplaceSnapshots) {
                viewer.send(frame);
                return Ok(());
            }
            if hold.release_at(snapshot.seq.get(), [frame]).is_ok() {
                return Ok(());
            }
        }
        Err(StoreError::failed("the snapshot was passed every time"))
    }

    async fn snapshot(&self, route: usize) -> Result<SeatSnapshot, StoreError> {
        let snapshot = self.store.seat_snapshot(route_id(route)).await?;
        snapshot.ok_or_else(|| StoreError::failed("there is no such route"))
    }
}

/// Owns the connection until either side ends it.
async fn keep(presence: Presence, socket: Socket) {
    poll_fn(|cx| {
        if presence.poll_drive(cx).is_ready() {
            return Poll::Ready(());
        }
        // A viewer's requests come another way: what can be read here is the end.
        presence.poll_read(cx, &mut [0]).map(drop)
    })
    .await;
    drop(presence);
    socket.shutdown();
}

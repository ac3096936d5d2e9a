//! The server's side of a connection: it answers a viewer's requests one after the other.
//!
//! It places its answers as the gateway of `server` does (`gateway/watching.rs`), with the same
//! calls in the same order; the words are this crate's own.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use domain::{Ordinal, SeatSnapshot, Seq};
use parking_lot::Mutex;
use rooms::{
    AnyStream, CloseReason, Event, Frame, Full, History, HistoryError, Hub, JoinError, OpenRoom,
    Place, Presence, Start, Stream as _, View, Viewer,
};
use store::{Inventory, PlaceBy, Store, StoreError};
use tokio::sync::mpsc;

use crate::misplaced::Misplaced;
use crate::mutation::Mutation;
use crate::sessions::{ClientSession, Sessions, Shown};
use crate::socket::Socket;
use crate::town::{room, route_id, route_of};
use crate::wire::{self, About, Subscription};

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
    pub(crate) store: Arc<dyn Inventory>,
    pub(crate) mutation: Option<Mutation>,
}

#[async_trait]
impl History for StoredHistory {
    async fn head(&self, room: &str) -> Result<Option<Place>, HistoryError> {
        let Some(route) = route_of(room) else { return Ok(None) };
        let head = self.store.head(route_id(route)).await.map_err(HistoryError::new)?;
        Ok(head.map(wire::place))
    }

    async fn read(&self, room: &str, after: u64, limit: usize) -> Result<Vec<Event>, HistoryError> {
        let Some(route) = route_of(room) else { return Ok(Vec::new()) };
        let events = self.store.events(route_id(route), Ordinal::new(after), limit).await;
        let events = events.map_err(HistoryError::new)?;
        Ok(events.into_iter().map(|event| wire::event(event, self.mutation)).collect())
    }

    async fn place_at(&self, room: &str, position: u64) -> Result<Option<Place>, HistoryError> {
        self.find(room, PlaceBy::Position(position)).await
    }

    async fn place(&self, room: &str, ordinal: u64) -> Result<Option<Place>, HistoryError> {
        self.find(room, PlaceBy::Ordinal(Ordinal::new(ordinal))).await
    }
}

impl StoredHistory {
    async fn find(&self, room: &str, by: PlaceBy) -> Result<Option<Place>, HistoryError> {
        let Some(route) = route_of(room) else { return Ok(None) };
        let found = self.store.place(route_id(route), by).await.map_err(HistoryError::new)?;
        Ok(found.map(wire::place))
    }
}

#[derive(Clone)]
pub(crate) struct Watching {
    pub(crate) hub: Hub,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) mutation: Option<Mutation>,
    pub(crate) misplaced: Misplaced,
}

impl std::fmt::Debug for Watching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watching")
    }
}

/// One connection as its requests see it.
struct Asker {
    viewer: Arc<Viewer>,
    view: View,
    /// Set if its client may be recovered.
    client_session: Option<ClientSession>,
}

/// The session of a connection, passed between its two tasks.
#[derive(Default)]
struct Entered {
    is_over: bool,
    client_session: Option<ClientSession>,
}

impl Watching {
    /// Accepts a connection. Requests go into the sender; dropping it ends them. `shown` is what a
    /// client that may be recovered, now or later, has sent.
    pub(crate) fn accept(
        &self,
        socket: &Socket,
        view: View,
        shown: Option<Shown>,
    ) -> Result<(Arc<Viewer>, mpsc::Sender<Request>), Full> {
        let presence = self.hub.connect()?;
        presence.attach(AnyStream::Boxed(Box::new(socket.clone())));
        let viewer = Arc::clone(&presence);
        if self.mutation == Some(Mutation::MisplaceChanges) {
            self.misplaced.watch(&viewer, view.encoding);
        }
        let (asking, requests) = mpsc::channel(REQUESTS_WAITING_MAX);
        let entered = Arc::new(Mutex::new(Entered::default()));
        let sessions = Arc::clone(&self.sessions);
        tokio::spawn(keep(presence, socket.clone(), Arc::clone(&entered), sessions));
        let asker = Asker { viewer: Arc::clone(&viewer), view, client_session: None };
        tokio::spawn(self.clone().serve(asker, shown, entered, requests));
        Ok((viewer, asking))
    }

    async fn serve(
        self,
        mut asker: Asker,
        shown: Option<Shown>,
        entered: Arc<Mutex<Entered>>,
        mut requests: mpsc::Receiver<Request>,
    ) {
        if let Some(shown) = shown {
            let Some(client_session) = self.let_in(&asker, &shown, &entered).await else { return };
            asker.client_session = Some(client_session);
        }
        while let Some(request) = requests.recv().await {
            let (route, about, outcome) = match request {
                Request::Subscribe { route, since } => {
                    (route, About::Room, self.follow(&asker, route, since).await)
                }
                Request::Availability { route } => {
                    (route, About::Map, self.availability(&asker, route).await)
                }
                Request::Leave { route } => (route, About::Room, self.leave(&asker, route).await),
            };
            if outcome.is_err() {
                asker.viewer.send(wire::trouble(route, about));
            }
        }
    }

    /// Events of recovered rooms follow after the answer. `None` if it is not in.
    async fn let_in(
        &self,
        asker: &Asker,
        shown: &Shown,
        entered: &Mutex<Entered>,
    ) -> Option<ClientSession> {
        let Asker { viewer, view, .. } = asker;
        let hold = self.hub.hold(viewer, "", view.channel);
        let Ok((client_session, verdict)) = self.sessions.admit(viewer, *view, shown).await else {
            viewer.end([wire::come_again()], CloseReason::Application);
            return None;
        };
        {
            let mut entered = entered.lock();
            if entered.is_over {
                self.sessions.left(&client_session);
                return None;
            }
            entered.client_session = Some(client_session.clone());
        }
        viewer.send(wire::connected(client_session.pid, verdict));
        drop(hold);
        Some(client_session)
    }

    async fn follow(
        &self,
        asker: &Asker,
        route: usize,
        since: Option<u64>,
    ) -> Result<(), StoreError> {
        let mut opened = None;
        let start = match since {
            None => Some(Start::Head),
            Some(seq) => {
                let open = self.hub.open(&room(route)).await.map_err(StoreError::failed)?;
                let open = opened.insert(open);
                self.place_of(open, route, seq).await?.map(Start::After)
            }
        };
        let confirm = |at, is_kept| {
            [wire::subscribed(route, at, Subscription { is_kept, with_snapshot: false })]
        };
        let mut joined = match start {
            Some(start) => self.join(asker, route, start, false, confirm).await,
            None => Err(JoinError::Ahead { head: 0 }),
        };
        for _ in 0..SNAPSHOT_ATTEMPTS_MAX {
            let Err(JoinError::Ahead { .. } | JoinError::Behind { .. }) = joined else { break };
            let snapshot = self.snapshot(route).await?;
            let start = Start::After(wire::place(snapshot.route.head()));
            let reply = |at, is_kept| {
                let how = Subscription { is_kept, with_snapshot: true };
                [wire::subscribed(route, at, how), wire::snapshot(route, &snapshot)]
            };
            joined = self.join(asker, route, start, true, reply).await;
        }
        drop(opened);
        joined.map(drop).map_err(StoreError::failed)
    }

    /// Where the seat event with this number stands, as in the gateway.
    async fn place_of(
        &self,
        opened: &OpenRoom,
        route: usize,
        seq: u64,
    ) -> Result<Option<Place>, StoreError> {
        if opened.head().is_some_and(|head| head.ordinal == head.seq && seq <= head.seq) {
            return Ok(Some(Place { ordinal: seq, seq }));
        }
        let found = self.store.place(route_id(route), PlaceBy::Seq(Seq::new(seq))).await?;
        Ok(found.map(wire::place))
    }

    async fn join<R: IntoIterator<Item = Frame>>(
        &self,
        Asker { viewer, view, client_session }: &Asker,
        route: usize,
        start: Start,
        from_snapshot: bool,
        reply: impl FnOnce(Place, bool) -> R + Send,
    ) -> Result<Place, JoinError> {
        let (view, name) = (*view, room(route));
        match client_session {
            None => self.hub.join(viewer, &name, start, view, |at| reply(at, false)).await,
            Some(client_session) => {
                let at = (name.as_str(), start);
                self.sessions.join(client_session, at, from_snapshot, view, reply).await
            }
        }
    }

    async fn leave(&self, asker: &Asker, route: usize) -> Result<(), StoreError> {
        let Asker { viewer, view, client_session } = asker;
        let (channel, name) = (view.channel, room(route));
        match client_session {
            None => self.hub.leave(viewer, &name, channel),
            Some(client_session) => {
                let left = self.sessions.leave(client_session, &name).await;
                left.map_err(StoreError::failed)?
            }
        };
        viewer.send(wire::left(route));
        Ok(())
    }

    async fn availability(&self, asker: &Asker, route: usize) -> Result<(), StoreError> {
        let Asker { viewer, view, .. } = asker;
        for _ in 0..SNAPSHOT_ATTEMPTS_MAX {
            let hold = self.hub.hold(viewer, &room(route), view.channel);
            let snapshot = self.snapshot(route).await?;
            let frame = wire::snapshot(route, &snapshot);
            if self.mutation == Some(Mutation::MisplaceSnapshots) {
                viewer.send(frame);
                return Ok(());
            }
            if hold.release_at(snapshot.route.ordinal.get(), [frame]).is_ok() {
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

/// Owns the connection until either side ends it; then its client's window begins.
async fn keep(
    presence: Presence,
    socket: Socket,
    entered: Arc<Mutex<Entered>>,
    sessions: Arc<Sessions>,
) {
    poll_fn(|cx| {
        if presence.poll_drive(cx).is_ready() {
            return Poll::Ready(());
        }
        // A viewer's requests come another way: only the end can be read here.
        presence.poll_read(cx, &mut [0]).map(drop)
    })
    .await;
    drop(presence);
    let client_session = {
        let mut entered = entered.lock();
        entered.is_over = true;
        entered.client_session.take()
    };
    if let Some(client_session) = client_session {
        sessions.left(&client_session);
    }
    socket.shutdown();
}

//! A route's seats as they are now, read once for all requests at about the same moment.
//!
//! A kept snapshot is used only as long as it is known to be the newest. If only this node commits:
//! every event that was committed before the request has reached the room's log, and the snapshot
//! stands at the end of the log. If other nodes commit too, the database is asked for the route's
//! head: what this node knows may be older. So a viewer that has just booked sees its seat taken,
//! on whatever node, and ten thousand viewers at the start of a sale cost one read and one
//! encoding.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use domain::{NeighbourRule, RouteId, SeatSnapshot, Segment};
use metrics::{Counter, counter};
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use rooms::{Hub, Place};
use store::{Inventory, Newest};

use super::availability;
use super::request::Answer;
use super::room_name::room;
use super::route_event::place;
use super::watch_error::WatchError;
use crate::http::wire::audience::Audience;
use crate::metrics::SNAPSHOTS;

/// Routes with a kept snapshot, more or less: the cache has shards. Beyond this number those that
/// were asked for once make room first.
const ROUTES_MAX: usize = 256;

/// Encoded segments that are kept for one snapshot; further ones are encoded for each request.
const SEGMENTS_MAX: usize = 32;

/// How often this yields until the engine has what was committed; then the store is read.
const TURNS_MAX: usize = 8;

#[derive(Clone)]
pub(crate) struct Snapshots {
    store: Arc<dyn Inventory>,
    hub: Hub,
    newest: NewestCommit,
    /// The neighbour rule where a route has none of its own.
    house: NeighbourRule,
    routes: Arc<Cache<RouteId, Arc<Slot>>>,
    counted: Counted,
}

/// Looked up once: a crowd at the start of a sale only adds to them.
#[derive(Clone)]
struct Counted {
    kept: Counter,
    read: Counter,
}

impl Counted {
    fn new() -> Self {
        let of = |source: &'static str| counter!(SNAPSHOTS, "source" => source);
        Self { kept: of("kept"), read: of("store") }
    }
}

/// Where to learn how far the store is.
#[derive(Clone)]
pub(crate) enum NewestCommit {
    /// Only this node commits.
    Here(Newest),
    /// Other nodes commit too: only the store itself knows.
    InStore,
}

/// A route: the request that has the lock reads for all that wait for it.
#[derive(Default)]
struct Slot {
    /// The number of requests so far.
    asked: AtomicU64,
    kept: tokio::sync::Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    newest: Option<Arc<Snapshot>>,
    /// The number of requests when it was last known to be the newest.
    known_at: u64,
}

/// The seats of a route at its `seq`, with the answers made from them.
pub(crate) struct Snapshot {
    pub(crate) seats: SeatSnapshot,
    house: NeighbourRule,
    answers: Mutex<Vec<(Asked, Answer)>>,
}

/// The event that answers, the segment in question, and the audience.
type Asked = (&'static str, Segment, Audience);

impl Snapshots {
    pub(crate) fn new(
        store: Arc<dyn Inventory>,
        hub: Hub,
        newest: NewestCommit,
        house: NeighbourRule,
    ) -> Self {
        let (routes, counted) = (Arc::new(Cache::new(ROUTES_MAX)), Counted::new());
        Self { store, hub, newest, house, routes, counted }
    }

    /// The seats as they are now: at or after everything that was committed before the call.
    pub(crate) async fn now(&self, route_id: RouteId) -> Result<Arc<Snapshot>, WatchError> {
        let slot =
            self.routes.get_or_insert_with(&route_id, || Ok::<_, Infallible>(Arc::default()));
        let slot = slot.unwrap_or_else(|never| match never {});
        // Both before the lock: what was committed before this call counts, whichever request reads
        // for it.
        let committed = match &self.newest {
            NewestCommit::Here(newest) => Some(newest.get()),
            NewestCommit::InStore => None,
        };
        let question = slot.asked.fetch_add(1, Ordering::AcqRel);
        let mut kept = slot.kept.lock().await;
        let asked = slot.asked.load(Ordering::Acquire);
        if let Some(snapshot) = &kept.newest {
            let is_newest = match committed {
                Some(committed) => self.is_published(snapshot, committed).await,
                None => kept.known_at > question || self.is_at_head(snapshot).await?,
            };
            if is_newest {
                let snapshot = Arc::clone(snapshot);
                // It is known to be the newest by a check that began after all these requests. A
                // check that this request did not need says nothing about later ones.
                if kept.known_at <= question {
                    kept.known_at = asked;
                }
                self.counted.kept.increment(1);
                return Ok(snapshot);
            }
        }
        let read = self.store.seat_snapshot(route_id).await;
        let Some(seats) = read? else {
            self.routes.remove(&route_id);
            return Err(WatchError::RouteNotFound);
        };
        let snapshot = Arc::new(Snapshot { seats, house: self.house, answers: Mutex::default() });
        *kept = Kept { newest: Some(Arc::clone(&snapshot)), known_at: asked };
        self.counted.read.increment(1);
        Ok(snapshot)
    }

    /// Asks the store, which may be ahead of what this node's viewers have been sent.
    async fn is_at_head(&self, snapshot: &Snapshot) -> Result<bool, WatchError> {
        let head = self.store.head(snapshot.seats.route.id).await?;
        Ok(head.is_some_and(|head| head.ordinal.get() <= snapshot.place().ordinal))
    }

    async fn is_published(&self, snapshot: &Snapshot, committed: u64) -> bool {
        let place = snapshot.place();
        for _ in 0..TURNS_MAX {
            if self.hub.position() >= committed {
                let head = self.hub.head_if_open(&room(snapshot.seats.route.id));
                return head.is_some_and(|head| head.ordinal <= place.ordinal);
            }
            tokio::task::yield_now().await;
        }
        false
    }
}

impl Snapshot {
    /// Its place in the stream of its route.
    pub(crate) fn place(&self) -> Place {
        place(self.seats.route.head())
    }

    /// The answer for a segment, encoded once for each audience.
    pub(crate) fn answer(
        &self,
        event: &'static str,
        segment: Segment,
        audience: Audience,
    ) -> Answer {
        let mut answers = self.answers.lock();
        let key = (event, segment, audience);
        if let Some((_, answer)) = answers.iter().find(|(known, _)| *known == key) {
            return answer.clone();
        }
        let answer = Answer {
            event,
            data: availability::json(&self.seats, segment, audience, self.house).into(),
            frames: Some(Arc::new([const { OnceLock::new() }; 3])),
        };
        if answers.len() < SEGMENTS_MAX {
            answers.push((key, answer.clone()));
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::encodings::SOCKET_IO;
    use crate::gateway::route_event::event;
    use crate::gateway::stored_history::StoredHistory;
    use rooms::{Limits, Start, View};
    use store::contract::Desk;

    /// The engine as the gateway runs it, fed by the test.
    #[tokio::test]
    async fn one_read_serves_everybody_until_something_happens() {
        let folder = tempfile::tempdir().unwrap();
        let (sqlite, mut committed) = store_sqlite::open(&folder.path().join("s.db")).unwrap();
        let store: Arc<dyn store::Store> = Arc::new(sqlite);
        let hub = Hub::new(Limits::default(), Arc::new(StoredHistory(store.clone())), 0);
        let snapshots = Snapshots::new(
            store.clone(),
            hub.clone(),
            NewestCommit::Here(committed.newest()),
            NeighbourRule::Off,
        );
        let desk = Desk::at(store.clone(), 1);
        desk.hire().await;
        let route = desk.route(20).await;
        desk.book(desk.customer, route, 1, (0, 3)).await.unwrap();
        let publish = |events: Vec<domain::RouteEvent>| {
            hub.publish(events.into_iter().map(event).collect());
        };
        publish(committed.next().await.unwrap().events);

        // The room has no viewer, so it is not known whether something has happened.
        let apart = [snapshots.now(route).await.unwrap(), snapshots.now(route).await.unwrap()];
        assert!(!Arc::ptr_eq(&apart[0], &apart[1]));

        let viewer = hub.connect().unwrap();
        let view = View {
            encoding: SOCKET_IO,
            audience: rooms::Audience::Full,
            identity: None,
            channel: 0,
        };
        hub.join(&viewer, &room(route), Start::Head, view, |_| []).await.unwrap();
        let first = snapshots.now(route).await.unwrap();
        let whole = first.seats.route.whole().unwrap();
        let answer = first.answer("seat_availability", whole, Audience::Public);
        for _ in 0..100 {
            let same = snapshots.now(route).await.unwrap();
            assert!(Arc::ptr_eq(&first, &same), "nothing has happened");
            assert!(Arc::ptr_eq(
                &answer.data,
                &same.answer("seat_availability", whole, Audience::Public).data
            ));
        }

        // Committed and answered, but the engine does not have it yet: never the old snapshot.
        desk.book(desk.customer, route, 2, (0, 3)).await.unwrap();
        let second = snapshots.now(route).await.unwrap();
        assert_eq!((first.seats.seq.get(), second.seats.seq.get()), (1, 2));
        publish(committed.next().await.unwrap().events);
        assert!(Arc::ptr_eq(&second, &snapshots.now(route).await.unwrap()));

        let unknown = RouteId(uuid::Uuid::from_u128(9));
        assert!(matches!(snapshots.now(unknown).await, Err(WatchError::RouteNotFound)));
    }

    /// Another node has committed: on this node only the store knows of it.
    #[tokio::test]
    async fn where_others_commit_the_store_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let (sqlite, mut committed) = store_sqlite::open(&folder.path().join("s.db")).unwrap();
        let store: Arc<dyn store::Store> = Arc::new(sqlite);
        let hub = Hub::new(Limits::default(), Arc::new(StoredHistory(store.clone())), 0);
        let snapshots =
            Snapshots::new(store.clone(), hub, NewestCommit::InStore, NeighbourRule::Off);
        let desk = Desk::at(store.clone(), 1);
        desk.hire().await;
        let route = desk.route(20).await;
        let first = snapshots.now(route).await.unwrap();
        assert!(Arc::ptr_eq(&first, &snapshots.now(route).await.unwrap()), "nothing has happened");
        desk.book(desk.customer, route, 1, (0, 3)).await.unwrap();
        drop(committed.next().await);
        let second = snapshots.now(route).await.unwrap();
        assert_eq!((first.seats.seq.get(), second.seats.seq.get()), (0, 1));
        let at_once = (0..100).map(|_| snapshots.now(route));
        for same in futures_util::future::join_all(at_once).await {
            assert!(Arc::ptr_eq(&second, &same.unwrap()));
        }
    }
}

//! Where a viewer stands on a route, when it says only the number of the last seat event that it
//! has seen (`since`).
//!
//! Mostly the open room knows it. Else the store is asked, for a few viewers at a time: a crowd
//! that comes back at once must not fill the store's queue, which all callers share.

use std::sync::Arc;
use std::time::Duration;

use domain::{RouteId, Seq};
use rooms::{OpenRoom, Place, View, Viewer};
use store::{Inventory, PlaceBy, StoreError};
use tokio::sync::Semaphore;

use super::former_history::FormerHistory;
use super::room_name::room;
use super::route_event::place;

/// Viewers for which the store is asked at one time; the others wait here.
const ASKING_MAX: usize = 64;

/// A viewer that has waited for longer is told to ask again.
const WAIT_MAX: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(crate) struct Since {
    store: Arc<dyn Inventory>,
    /// Where `since` may come from a history that is gone.
    former: Option<FormerHistory>,
    turns: Arc<Semaphore>,
    wait_max: Duration,
}

impl Since {
    pub(crate) fn new(store: Arc<dyn Inventory>, former: Option<FormerHistory>) -> Self {
        Self { store, former, turns: Arc::new(Semaphore::new(ASKING_MAX)), wait_max: WAIT_MAX }
    }

    /// The place of the seat event with this number; `None` if there is none. What follows it on
    /// the route is sent again, changes of the route included.
    pub(crate) async fn place(
        &self,
        route_id: RouteId,
        opened: &OpenRoom,
        viewer: &Viewer,
        view: View,
        seq: u64,
    ) -> Result<Option<Place>, StoreError> {
        // A viewer whose session was recovered has shown an offset of this history, so its number
        // is of this history too.
        let is_known = viewer.is_recovered_behind(&room(route_id), view.channel, seq);
        if !is_known && let Some(position) = self.former.and_then(|former| former.same_up_to()) {
            let same = self.ask(route_id, PlaceBy::Position(position)).await?;
            if same.is_none_or(|same| same.seq < seq) {
                return Ok(None);
            }
        }
        // A route that has never changed has only seats' events: nothing has to be looked up.
        if opened.head().is_some_and(|head| head.ordinal == head.seq && seq <= head.seq) {
            return Ok(Some(Place { ordinal: seq, seq }));
        }
        self.ask(route_id, PlaceBy::Seq(Seq::new(seq))).await
    }

    async fn ask(&self, route_id: RouteId, by: PlaceBy) -> Result<Option<Place>, StoreError> {
        let turn = tokio::time::timeout(self.wait_max, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| StoreError::Busy)?.map_err(|_| StoreError::Closed)?;
        Ok(self.store.place(route_id, by).await?.map(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::asker::{Asker, Way};
    use crate::gateway::encodings::SOCKET_IO;
    use crate::gateway::snapshots::{NewestCommit, Snapshots};
    use crate::gateway::stored_history::StoredHistory;
    use crate::gateway::watching::Watching;
    use crate::http::wire::audience::Audience;
    use domain::{NeighbourRule, RoutePatch};
    use futures_util::future::join_all;
    use rooms::{Hub, Limits};
    use store::Store;
    use store::contract::Desk;

    /// More than the questions that SQLite's driver lets wait (4,096): one more is refused.
    const CROWD: usize = 5_000;

    struct Company {
        _folder: tempfile::TempDir,
        store: Arc<dyn Store>,
        desk: Desk,
        route: RouteId,
    }

    impl Company {
        /// One departure, with one seat sold.
        async fn open() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (sqlite, _) = store_sqlite::open(&folder.path().join("s.db")).unwrap();
            let store: Arc<dyn Store> = Arc::new(sqlite);
            let desk = Desk::at(store.clone(), 1);
            desk.hire().await;
            let route = desk.route(20).await;
            desk.book(desk.customer, route, 1, (0, 3)).await.unwrap();
            Self { _folder: folder, store, desk, route }
        }

        /// A server that has just started, and a crowd that is back at the same moment. Returns how
        /// many are in the room.
        async fn crowd_comes_back(&self, since: u64) -> usize {
            let (store, position) =
                (self.store.clone(), self.store.newest_group().await.unwrap().last_place);
            let history = Arc::new(StoredHistory(store.clone()));
            let hub = Hub::new(Limits::default(), history, position);
            let newest = NewestCommit::InStore;
            let snapshots = Snapshots::new(store.clone(), hub.clone(), newest, NeighbourRule::Off);
            // A machine that is slow now must not turn viewers away.
            let wait_max = Duration::from_secs(300);
            let since_numbers = Since { wait_max, ..Since::new(store, None) };
            let watching = Watching { hub: hub.clone(), snapshots, since: since_numbers };
            let view = View {
                encoding: SOCKET_IO,
                audience: rooms::Audience::Full,
                identity: None,
                channel: 0,
            };
            let crowd: Vec<_> = (0..CROWD).map(|_| hub.connect().unwrap()).collect();
            let coming = crowd.iter().map(|presence| {
                let asker = Asker {
                    way: Way::Stream { viewer: presence.viewer() },
                    view,
                    audience: Audience::Staff,
                };
                watching.follow(asker, self.route, Some(since), |_| vec![], |_, _| vec![])
            });
            join_all(coming).await.into_iter().filter(Result::is_ok).count()
        }
    }

    #[tokio::test]
    async fn a_crowd_that_comes_back_at_once_is_let_in() {
        let company = Company::open().await;
        assert_eq!(company.crowd_comes_back(0).await, CROWD);
        assert_eq!(company.crowd_comes_back(1).await, CROWD);
    }

    #[tokio::test]
    async fn on_a_route_that_has_changed_the_crowd_takes_turns() {
        let company = Company::open().await;
        let closed = RoutePatch { is_active: Some(false), ..RoutePatch::default() };
        company.store.update_route(company.route, closed, company.desk.now).await.unwrap();
        assert_eq!(company.crowd_comes_back(1).await, CROWD);
    }
}

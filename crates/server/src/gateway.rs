//! The gateway: from committed events to all viewers, over Socket.IO (`/seats`), plain WebSocket
//! and SSE.
//!
//! Only the store's committed stream feeds it: no request handler ever tells a viewer anything
//! about a seat. A bus's position comes by another way, and is not an event. Viewers' requests are
//! answered by [`watching`]; how bytes travel is the work of `rooms` and `socketio`.

mod asker;
pub(crate) mod asyncapi;
mod availability;
mod bus_position;
mod current;
mod delivery;
mod door;
mod encodings;
mod ended;
mod event_stream_viewer;
mod event_streams;
mod feed;
mod former_history;
mod generation;
mod identity;
mod kept_sessions;
mod known;
mod open_socket;
mod order;
mod plain_websocket;
mod privileges;
mod request;
mod room_name;
mod route_event;
mod route_update;
mod seat_update;
mod seats_namespace;
mod since;
mod snapshots;
mod sockets;
mod stored_history;
mod streams;
mod view;
mod viewer_orders;
mod watch_error;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use booking::Source;
use domain::{BusPosition, RouteId, UserId};
use rooms::recovery::RecoveryStats;
use store::{CommittedStream, Epoch, FanOut, FanOutState, HeardStream, Store, StoreError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use current::{CurrentPlain, CurrentSocketIo};
use delivery::Delivery;
use ended::Ended;
pub(crate) use event_stream_viewer::EventStreamViewer;
use feed::Feed;
use generation::{Blueprint, Generation};
pub(crate) use known::Known;
pub(crate) use open_socket::{OpenSocket, Transport};
use order::Sources;
use room_name::route_of;
use snapshots::NewestCommit;
pub(crate) use watch_error::WatchError;

use crate::config::{self, GatewayAuth};
use crate::identity::callers::Callers;
use crate::identity::unidentified::Unidentified;
use crate::limits::OpenConnections;

#[derive(Clone)]
pub(crate) struct Gateway {
    now: Arc<ArcSwap<Generation>>,
    fan_out: Arc<dyn FanOut>,
    ended: Ended,
    feeding: TaskTracker,
    stop_feeding: CancellationToken,
    /// Ends with the last clone.
    delivery: Arc<Delivery>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gateway")
    }
}

/// Where groups come from: this node's own commits, the fan-out, and what other nodes send by it.
pub(crate) struct Groups {
    pub(crate) committed: CommittedStream,
    pub(crate) fan_out: Arc<dyn FanOut>,
    pub(crate) heard: HeardStream,
}

impl Gateway {
    /// Starts the engine after everything that is committed already, and feeds it from now on.
    pub(crate) async fn start(
        store: Arc<dyn Store>,
        Groups { committed, fan_out, heard }: Groups,
        (callers, open): (Callers, OpenConnections),
        source: Source,
        config: &config::Config,
    ) -> Result<Self, StoreError> {
        let newest = match fan_out.state() {
            FanOutState::Alone => NewestCommit::Here(committed.newest()),
            FanOutState::Up | FanOutState::Down => NewestCommit::InStore,
        };
        let config = Arc::new(config.clone());
        let blueprint = Blueprint { store: store.clone(), newest, callers, open, source, config };
        let delivery = Arc::new(Delivery::start().map_err(StoreError::failed)?);
        // The hub's tasks run on the runtime where it is made; later generations are made by the
        // feed.
        let building = async move { (blueprint.build().await, blueprint) };
        let built = delivery.handle().spawn(building).await;
        let (built, blueprint) = built.map_err(StoreError::failed)?;
        let now = Arc::new(ArcSwap::from_pointee(built?));
        let (feeding, stop_feeding) = (TaskTracker::new(), CancellationToken::new());
        let ended = Ended::default();
        let feed = Feed {
            sources: Sources { store, committed, fan_out: Arc::clone(&fan_out), heard },
            blueprint,
            now: Arc::clone(&now),
            ended: ended.clone(),
            tasks: feeding.clone(),
            stop: stop_feeding.clone(),
        };
        feeding.spawn_on(feed.run(), delivery.handle());
        Ok(Self { now, fan_out, ended, feeding, stop_feeding, delivery })
    }

    /// Loaded for every connection: an older generation may have ended.
    fn generation(&self) -> Arc<Generation> {
        self.now.load_full()
    }

    pub(crate) fn socketio(&self) -> CurrentSocketIo {
        CurrentSocketIo::of(Arc::clone(&self.now))
    }

    pub(crate) fn plain_websocket(&self) -> CurrentPlain {
        CurrentPlain::of(Arc::clone(&self.now))
    }

    pub(crate) fn auth(&self) -> GatewayAuth {
        self.generation().identities.auth
    }

    /// Who the bearer of this token is, for a viewer that reads over HTTP.
    pub(crate) async fn know(&self, token: &str) -> Result<Arc<Known>, Unidentified> {
        self.generation().identities.know(token).await
    }

    /// The privileges of this account's sockets were changed: when this returns, they see no more
    /// than they may, or have ended.
    pub(crate) async fn account_changed(&self, id: UserId) {
        let generation = self.generation();
        generation.identities.privileges.account_changed(id, &generation.watch).await;
    }

    /// Sends a bus's position to all that watch its departure now, on any node: only the newest,
    /// between the events.
    pub(crate) fn show_position(&self, route_id: RouteId, position: BusPosition) {
        self.fan_out.position(route_id, &position);
        self.generation().show_position(route_id, position);
    }

    /// What the rooms have done since the start, and hold now.
    pub(crate) fn room_stats(&self) -> rooms::Stats {
        let mut stats = self.generation().hub().stats();
        self.ended.add_rooms(&mut stats);
        stats
    }

    /// What waits for viewers now, looked at from viewer to viewer.
    pub(crate) async fn waiting(&self) -> rooms::Waiting {
        self.generation().hub().waiting().await
    }

    /// Socket.IO sessions now.
    pub(crate) fn socketio_sessions(&self) -> usize {
        self.generation().socketio.sessions()
    }

    /// Live connections of every kind.
    pub(crate) fn connections(&self) -> usize {
        self.generation().hub().stats().viewers
    }

    /// The results of recoveries, for viewers that reconnected after their connection was lost.
    pub(crate) fn recovery_stats(&self) -> RecoveryStats {
        let mut stats = self.generation().socketio.recovery_stats();
        self.ended.add_recoveries(&mut stats);
        stats
    }

    /// Of which of the store's epochs the viewers are now.
    pub(crate) fn epoch(&self) -> Epoch {
        self.generation().epoch
    }

    /// Every watched route and the number of its viewers.
    pub(crate) fn watched_routes(&self) -> Vec<(RouteId, usize)> {
        let mut routes = Vec::new();
        self.generation().hub().each_room(|room, viewers| {
            routes.extend(route_of(room).map(|route_id| (route_id, viewers)));
        });
        routes
    }

    /// Whether commits of this node reach the other nodes.
    pub(crate) fn fan_out(&self) -> FanOutState {
        self.fan_out.state()
    }

    /// Closes every connection at its transport, evenly over this time, so that clients reconnect
    /// by themselves, to another server if there is one.
    pub(crate) async fn shutdown(&self, over: Duration) {
        let generation = self.generation();
        generation.shutdown(over).await;
        // Only now: requests under way still commit, and their groups have to be taken.
        self.stop_feeding.cancel();
        self.feeding.close();
        self.feeding.wait().await;
        let last = self.generation();
        if !Arc::ptr_eq(&generation, &last) {
            last.shutdown(Duration::ZERO).await;
        }
    }
}

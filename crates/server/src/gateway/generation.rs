//! A generation of the gateway: one hub that begins after one group of one history, with all
//! viewers that watch through it.
//!
//! It ends when that history does: when the database went back to an older state (a failover that
//! lost commits), or when this node has missed too much. Then its viewers are closed at their
//! transports, reconnect by themselves, and get the next generation. Nothing of one generation is
//! used in another.

use std::sync::Arc;
use std::time::Duration;

use booking::Source;
use domain::{BusPosition, RouteId};
use rooms::recovery::RecoveryConfig;
use rooms::{Hub, Limits};
use socketio::websocket::{Endpoint, Settings};
use socketio::{Config, Heartbeats, Pace, Server};
use store::{Epoch, GroupHead, NodeId, Store, StoreError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::bus_position;
use super::encodings::NAMESPACE;
use super::former_history::FormerHistory;
use super::identity::Identities;
use super::kept_sessions::KeptSessions;
use super::plain_websocket::PlainSeats;
use super::privileges::{Privileges, Watch};
use super::room_name::room;
use super::seats_namespace::Seats;
use super::since::Since;
use super::snapshots::{NewestCommit, Snapshots};
use super::stored_history::StoredHistory;
use super::streams;
use super::watching::Watching;
use crate::config;
use crate::http::payload::BODY_BYTES_MAX;
use crate::identity::callers::Callers;
use crate::limits::{OpenConnections, STAFF_TIMES};
use crate::metrics::handshakes::{Failure, Handshake, count_failed};

/// What every generation is made from.
pub(crate) struct Blueprint {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) newest: NewestCommit,
    pub(crate) callers: Callers,
    pub(crate) open: OpenConnections,
    pub(crate) source: Source,
    pub(crate) config: Arc<config::Config>,
}

pub(crate) struct Generation {
    /// The group after which its hub begins.
    pub(crate) begun_behind: GroupHead,
    pub(crate) epoch: Epoch,
    pub(crate) watching: Watching,
    pub(crate) socketio: Server,
    pub(crate) plain: Endpoint,
    pub(crate) identities: Identities,
    pub(crate) watch: Arc<Watch>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Blueprint {
    /// Begins after everything that is committed already.
    pub(crate) async fn build(&self) -> Result<Generation, StoreError> {
        let (store, config) = (&self.store, &self.config);
        // In this order: if the database goes back in between, the group is from the history
        // before, and the chain shows it. The other way round, a hub would have the places of one
        // history and the epoch of another.
        let begun_behind = store.newest_group().await?;
        let epoch = store.epoch().await?;
        let former = store.former_epoch(epoch, self.source.now()).await;
        let former = former.map_err(StoreError::failed)?.and_then(FormerHistory::of);
        let history = Arc::new(StoredHistory(store.clone()));
        let (auth, mode, recovery) = (config.gateway_auth, config.mode, config.recovery);
        let defaults = Limits::default();
        let limits = Limits {
            backlog_events_max: recovery.events_max,
            lag_events_max: defaults.lag_events_max.max(recovery.events_max),
            ..defaults
        };
        let Epoch(number) = epoch;
        let hub = Hub::in_epoch(limits, history, begun_behind.last_place, number);
        let snapshots =
            Snapshots::new(store.clone(), hub.clone(), self.newest.clone(), config.neighbour_rule);
        let since = Since::new(store.clone(), former);
        let watching = Watching { hub: hub.clone(), snapshots, since };
        let heartbeats = Heartbeats::start();
        let messages = config
            .message_limit
            .map(|rate| Pace::new(rate.count, rate.per()).with_trusted_times(STAFF_TIMES));
        let privileges = Privileges::default();
        let (callers, source) = (self.callers.clone(), self.source.clone());
        let watch = Watch { hub: hub.clone(), callers: callers.clone(), source, auth, mode };
        let watch = Arc::new(watch);
        let open = self.open.clone();
        let identities = Identities { callers, open, auth, mode, privileges: privileges.clone() };
        let seats = Arc::new(Seats { watching: watching.clone(), identities: identities.clone() });
        let config = Config { max_payload: BODY_BYTES_MAX, messages, ..Config::default() };
        let mut builder = Server::builder()
            .config(config)
            .heartbeats(heartbeats.clone())
            .on_unbegun(|why| count_failed(Handshake::SocketIo, Failure::of_socket_io(why)))
            .namespace(NAMESPACE, seats);
        if !recovery.window.is_zero() {
            let config = RecoveryConfig { window: recovery.window, ..RecoveryConfig::default() };
            // Each generation is a node of its own: the sessions of the one before are over.
            let node: Uuid = self.source.id().map_err(StoreError::failed)?;
            let kept = KeptSessions::new(store.clone(), NodeId(node), self.source.clone());
            builder = builder.recovery(config, Arc::new(kept));
        }
        let socketio = builder.build(hub.clone());
        socketio.enter_node().await.map_err(StoreError::failed)?;
        let settings = Settings { max_payload: BODY_BYTES_MAX, messages, ..Settings::default() };
        let handler =
            Arc::new(PlainSeats { watching: watching.clone(), identities: identities.clone() });
        let plain = Endpoint::new(hub, heartbeats, settings, handler);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(privileges.run(Arc::clone(&watch), stop.clone()));
        Ok(Generation {
            begun_behind,
            epoch,
            watching,
            socketio,
            plain,
            identities,
            watch,
            tasks,
            stop,
        })
    }
}

impl Generation {
    pub(crate) fn hub(&self) -> &Hub {
        &self.watching.hub
    }

    pub(crate) fn show_position(&self, route_id: RouteId, position: BusPosition) {
        self.hub().show(&room(route_id), bus_position::glimpse(route_id, position));
    }

    /// Closes every connection at its transport, evenly over this time, so that clients reconnect
    /// by themselves.
    pub(crate) async fn shutdown(&self, over: Duration) {
        tokio::join!(
            self.socketio.shutdown_over(over),
            self.plain.shutdown_over(over),
            streams::end_all(self.hub(), over)
        );
        // Viewers that began to watch meanwhile.
        self.hub().shutdown().await;
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

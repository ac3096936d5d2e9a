//! The gateway: from committed events to everybody who is looking, over Socket.IO (`/seats`),
//! plain WebSocket and SSE.
//!
//! Only the store's committed stream feeds it: no request handler ever tells a viewer anything
//! about a seat. Where a bus is comes beside it, and is no event. What viewers ask is answered by [`watching`]; how bytes travel is `rooms` and
//! `socketio`'s business.

pub(crate) mod asyncapi;
mod availability;
mod bus_position;
mod event_stream_viewer;
mod identity;
mod kept_sessions;
mod plain_websocket;
mod privileges;
mod request;
mod route_event;
mod route_update;
mod seat_update;
mod seats_namespace;
mod snapshots;
mod stored_history;
mod watching;

use std::sync::Arc;

use domain::{Account, BusPosition, RouteEvent, RouteId, UserId};
use metrics::counter;
use rooms::{Audience, Encoding, Hub, Limits, View};
use socketio::websocket::{Endpoint, Settings};
use socketio::{Config, Heartbeats, Pace, RecoveryConfig, RecoveryStats, Server};
use store::{CommittedStream, Store, StoreError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use event_stream_viewer::EventStreamViewer;
use identity::Identities;
pub(crate) use identity::Known;
use kept_sessions::KeptSessions;
use plain_websocket::PlainSeats;
use privileges::{Privileges, Watch};
use seat_update::{NAMESPACE, room, route_of};
use seats_namespace::Seats;
use snapshots::Snapshots;
use stored_history::StoredHistory;
pub(crate) use watching::WatchError;
use watching::Watching;

use crate::config::{self, GatewayAuth, Mode};
use crate::http::payload::BODY_BYTES_MAX;
use crate::identity::callers::{Callers, Unidentified};
use crate::limits::OpenConnections;
use crate::metrics::EVENTS;

#[derive(Clone)]
pub(crate) struct Gateway {
    watching: Watching,
    socketio: Server,
    plain: Endpoint,
    identities: Identities,
    watch: Arc<Watch>,
    feeding: TaskTracker,
    stop_feeding: CancellationToken,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gateway")
    }
}

impl Gateway {
    /// Starts the engine behind everything that is committed already, and feeds it from now on.
    pub(crate) async fn start(
        store: Arc<dyn Store>,
        committed: CommittedStream,
        (callers, open): (Callers, OpenConnections),
        source: booking::Source,
        config: &config::Config,
    ) -> Result<Self, StoreError> {
        let (mode, auth, recovery) = (config.mode, config.gateway_auth, config.recovery);
        let published_through = store.newest_group().await?.last_place;
        let history = Arc::new(StoredHistory(store.clone()));
        let defaults = Limits::default();
        let limits = Limits {
            backlog_events_max: recovery.events_max,
            lag_events_max: defaults.lag_events_max.max(recovery.events_max),
            ..defaults
        };
        let hub = Hub::new(limits, history, published_through);
        let snapshots =
            Snapshots::new(store.clone(), hub.clone(), committed.newest(), config.neighbour_rule);
        let watching = Watching { hub: hub.clone(), store: store.clone(), snapshots };
        let heartbeats = Heartbeats::start();
        let messages = config.message_limit.map(|rate| Pace::new(rate.count, rate.per()));
        let privileges = Privileges::default();
        let watch =
            Arc::new(Watch { hub: hub.clone(), callers: callers.clone(), source, auth, mode });
        let identities = Identities { callers, open, auth, mode, privileges: privileges.clone() };
        let seats = Arc::new(Seats { watching: watching.clone(), identities: identities.clone() });
        let config = Config { max_payload: BODY_BYTES_MAX, messages, ..Config::default() };
        let mut builder = Server::builder()
            .config(config)
            .heartbeats(heartbeats.clone())
            .namespace(NAMESPACE, seats);
        if !recovery.window.is_zero() {
            let config = RecoveryConfig { window: recovery.window, ..RecoveryConfig::default() };
            builder = builder.recovery(config, Arc::new(KeptSessions(store)));
        }
        let socketio = builder.build(hub.clone());
        let waiting = socketio.restore_sessions().await.map_err(StoreError::failed)?;
        tracing::debug!(waiting, "sessions of viewers may be come back to");
        let settings = Settings { max_payload: BODY_BYTES_MAX, messages, ..Settings::default() };
        let handler =
            Arc::new(PlainSeats { watching: watching.clone(), identities: identities.clone() });
        let plain = Endpoint::new(hub.clone(), heartbeats, settings, handler);
        let (feeding, stop_feeding) = (TaskTracker::new(), CancellationToken::new());
        feeding.spawn(privileges.run(Arc::clone(&watch), stop_feeding.clone()));
        feeding.spawn(feed(hub, committed, stop_feeding.clone()));
        Ok(Self { watching, socketio, plain, identities, watch, feeding, stop_feeding })
    }

    pub(crate) fn socketio(&self) -> Server {
        self.socketio.clone()
    }

    pub(crate) fn plain_websocket(&self) -> Endpoint {
        self.plain.clone()
    }

    pub(crate) fn auth(&self) -> GatewayAuth {
        self.identities.auth
    }

    /// Whose token this is, for a viewer that reads over HTTP.
    pub(crate) async fn know(&self, token: &str) -> Result<Arc<Known>, Unidentified> {
        self.identities.know(token).await
    }

    /// What this account's sockets may see was changed: when this returns they see no more than that,
    /// or have ended.
    pub(crate) async fn account_changed(&self, id: UserId) {
        self.identities.privileges.account_changed(id, &self.watch).await;
    }

    /// Shows a bus's place to whoever watches its departure now: the newest only, between the events.
    pub(crate) fn show_position(&self, route_id: RouteId, position: BusPosition) {
        self.watching.hub.show(&room(route_id), bus_position::glimpse(route_id, position));
    }

    /// What the rooms have done since the start, and hold now.
    pub(crate) fn room_stats(&self) -> rooms::Stats {
        self.watching.hub.stats()
    }

    /// Socket.IO sessions now.
    pub(crate) fn socketio_sessions(&self) -> usize {
        self.socketio.sessions()
    }

    /// Live connections of every kind.
    pub(crate) fn connections(&self) -> usize {
        self.watching.hub.stats().viewers
    }

    /// What became of viewers that came back after their connection was lost.
    pub(crate) fn recovery_stats(&self) -> RecoveryStats {
        self.socketio.recovery_stats()
    }

    /// Every watched route and how many watch it.
    pub(crate) fn watched_routes(&self) -> Vec<(RouteId, usize)> {
        let mut routes = Vec::new();
        self.watching.hub.each_room(|room, viewers| {
            routes.extend(route_of(room).map(|route_id| (route_id, viewers)));
        });
        routes
    }

    /// Closes every connection at its transport, so that clients come back by themselves.
    pub(crate) async fn shutdown(&self) {
        tokio::join!(self.socketio.shutdown(), self.plain.shutdown());
        self.watching.hub.shutdown().await;
        self.stop_feeding.cancel();
        self.feeding.close();
        self.feeding.wait().await;
    }
}

/// Carries what was committed to the engine, in the order in which it was. It holds the store
/// through the hub, and the store ends when nobody holds it: so it has to be told to stop.
async fn feed(hub: Hub, mut committed: CommittedStream, stop: CancellationToken) {
    while let Some(Some(group)) = stop.run_until_cancelled(committed.next()).await {
        group.events.iter().for_each(count);
        hub.publish(group.events.into_iter().map(route_event::event).collect());
    }
}

fn count(event: &RouteEvent) {
    let kind = match event {
        RouteEvent::Seat(event) => event.draft.kind.as_str(),
        RouteEvent::Update(_) => "route_update",
    };
    counter!(EVENTS, "type" => kind).increment(1);
}

/// How a caller sees rooms, on a connection of their own. Booking codes are for staff and owners
/// (contract.md, "Who sees what").
fn view(mode: Mode, caller: Option<Account>, encoding: Encoding) -> View {
    let is_staff = caller.is_some_and(|actor| actor.role.is_staff());
    let audience = match mode {
        Mode::Production if !is_staff => Audience::Public,
        Mode::Production | Mode::Development => Audience::Full,
    };
    let identity = caller.map(|actor| actor.user_id.0.as_u128());
    View { encoding, audience, identity, channel: 0 }
}

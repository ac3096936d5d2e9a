//! The Socket.IO server: a tower service for one path, and its builder.
//!
//! It never reads the path: where it is mounted is the router's decision.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rooms::Hub;
use rooms::recovery::{Keeper, KeeperError, Recovery, RecoveryConfig, RecoveryStats};

use crate::broadcast::publish;
use crate::config::Config;
use crate::dispatch::SocketIo;
use crate::heartbeat::Heartbeats;
use crate::namespace::Namespace;
use crate::service::tower_service;
use crate::session::Session;
use crate::shared::Shared;
use crate::sid::Sid;
use crate::unbegun::{OnUnbegun, Unbegun};

/// A Socket.IO server. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared<Session>>,
}

/// Builds a [`Server`].
#[derive(Default)]
pub struct Builder {
    config: Config,
    namespaces: Vec<(Arc<str>, Arc<dyn Namespace>)>,
    heartbeats: Option<Heartbeats>,
    recovery: Option<(RecoveryConfig, Arc<dyn Keeper>)>,
    on_unbegun: Option<OnUnbegun>,
}

impl Builder {
    /// Times and bounds; [`Config::default`] if this is not called.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Adds a namespace; the name begins with `/`. A name that was there is replaced.
    #[must_use]
    pub fn namespace(mut self, name: &str, namespace: Arc<dyn Namespace>) -> Self {
        self.namespaces.retain(|(known, _)| &**known != name);
        self.namespaces.push((name.into(), namespace));
        self
    }

    /// The clock, if it is to be shared with other endpoints.
    #[must_use]
    pub fn heartbeats(mut self, heartbeats: Heartbeats) -> Self {
        self.heartbeats = Some(heartbeats);
        self
    }

    /// Lets clients recover their sessions (connection state recovery). Off if this is not called.
    #[must_use]
    pub fn recovery(mut self, config: RecoveryConfig, keeper: Arc<dyn Keeper>) -> Self {
        self.recovery = Some((config, keeper));
        self
    }

    /// Is called for each connection that did not begin although its request was answered, for a
    /// count of them. Must not block.
    #[must_use]
    pub fn on_unbegun(mut self, call: impl Fn(Unbegun) + Send + Sync + 'static) -> Self {
        self.on_unbegun = Some(Arc::new(call));
        self
    }

    /// The server, on this hub.
    ///
    /// # Panics
    /// Outside a tokio runtime, unless it was given a clock.
    pub fn build(self, hub: Hub) -> Server {
        let config = self.config;
        let mut namespaces = self.namespaces;
        // A namespace's index is one byte of every socket.
        namespaces.truncate(usize::from(u8::MAX));
        let recovery = self.recovery;
        let recovery =
            recovery.map(|(config, keeper)| Recovery::start(hub.clone(), config, keeper));
        let protocol = Arc::new(SocketIo { namespaces });
        let heartbeats = self.heartbeats;
        let shared = Shared::new(hub, config, heartbeats, protocol, recovery, self.on_unbegun);
        Server { shared }
    }
}

impl Server {
    /// Begins to build a server.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Sessions now.
    pub fn sessions(&self) -> usize {
        self.shared.sessions()
    }

    /// Tells the keeper of sessions that this node lives: to be called before the first client
    /// connects.
    pub async fn enter_node(&self) -> Result<(), KeeperError> {
        match &self.shared.recovery {
            Some(recovery) => recovery.renew().await,
            None => Ok(()),
        }
    }

    /// The outcomes of recoveries; all zero without recovery.
    pub fn recovery_stats(&self) -> RecoveryStats {
        self.shared.recovery.as_ref().map(|recovery| recovery.stats()).unwrap_or_default()
    }

    /// Sends an event to all clients in a room of a namespace, or to all except one. False if the
    /// room is empty.
    pub fn broadcast(
        &self,
        namespace: &str,
        room: &str,
        (name, data): (&str, &str),
        except: Option<Sid>,
    ) -> bool {
        publish(&self.shared.hub, namespace, room, (name, data), except)
    }

    /// Takes no new sessions, ends all transports without leaving namespaces (so that clients
    /// connect again, elsewhere or later), and waits for them, but not longer than
    /// [`Config::shutdown_timeout`].
    pub async fn shutdown(&self) {
        self.shutdown_over(Duration::ZERO).await;
    }

    /// The same, but ends the transports one after the other, evenly over this time: so that not
    /// all clients reach another server at one moment.
    pub async fn shutdown_over(&self, over: Duration) {
        self.shared.shutdown(over).await;
    }
}

tower_service!(Server, shared);

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("sessions", &self.sessions()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("config", &self.config).finish_non_exhaustive()
    }
}

//! A plain websocket endpoint: messages in, frames and room events out, no Socket.IO.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use parking_lot::Mutex;
use rooms::{CloseReason, Hub};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::CloseCode;
use super::connection::Connection;
use super::handshake;
use super::message::Assembler;
use super::peer::Peer;
use crate::body::Body;
use crate::handshake::Handshake;
use crate::heartbeat::Heartbeats;
use crate::pace::Pace;
use crate::pulse::Rhythm;
use crate::service::tower_service;
use crate::spread;
use crate::upgraded;

/// Times and bounds of an [`Endpoint`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Time between a sign of life and the next ping.
    pub ping_interval: Duration,
    /// Time that a client has to answer a ping.
    pub ping_timeout: Duration,
    /// Largest message that a client may send, in bytes.
    pub max_payload: usize,
    /// Time in which a handshake has to be completed.
    pub upgrade_timeout: Duration,
    /// Time that a peer has to answer a close frame.
    pub close_timeout: Duration,
    /// Time in which [`Endpoint::shutdown`] waits for connections to end.
    pub shutdown_timeout: Duration,
    /// Handshakes under way at one time.
    pub upgrades_max: usize,
    /// How many messages a client may send; `None` for as many as it likes.
    pub messages: Option<Pace>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_payload: 64 << 10,
            upgrade_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(2),
            shutdown_timeout: Duration::from_secs(10),
            upgrades_max: 4_096,
            messages: None,
        }
    }
}

/// The application's side of an endpoint. The calls for one connection never overlap.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Decides whether a client may connect; what it returns is kept as [`Peer::state`]. A refusal
    /// is answered with its status.
    async fn open(&self, handshake: &Handshake) -> Result<Arc<dyn Any + Send + Sync>, StatusCode>;

    /// The client is connected. No message is handled before this returns.
    async fn opened(&self, peer: &Arc<Peer>) {
        let _ = peer;
    }

    /// A text message.
    async fn text(&self, peer: &Arc<Peer>, text: &str);

    /// A text beyond [`Settings::messages`]: it is not carried out, only answered. Who goes on is
    /// closed.
    async fn refused(&self, peer: &Arc<Peer>, text: &str) {
        let _ = (peer, text);
    }

    /// A binary message. Whoever does not override this does not take any: the connection is closed
    /// with 1003.
    async fn binary(&self, peer: &Arc<Peer>, bytes: Bytes) {
        drop(bytes);
        peer.end(CloseCode::Unsupported, CloseReason::Protocol);
    }

    /// The connection is over, and all rooms are left.
    async fn closed(&self, peer: &Arc<Peer>, reason: CloseReason) {
        let _ = (peer, reason);
    }
}

/// A tower service that makes websockets of its requests. Cloning gives another handle.
#[derive(Clone)]
pub struct Endpoint {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) settings: Settings,
    pub(crate) heartbeats: Heartbeats,
    pub(crate) rhythm: Rhythm,
    pub(crate) tasks: TaskTracker,
    hub: Hub,
    /// By address: a peer stays where it is while it is known here.
    peers: Mutex<HashMap<usize, Weak<Peer>>>,
    upgrades: Arc<Semaphore>,
    stopping: AtomicBool,
}

impl Endpoint {
    /// An endpoint on this hub.
    pub fn new(
        hub: Hub,
        heartbeats: Heartbeats,
        settings: Settings,
        handler: Arc<dyn Handler>,
    ) -> Self {
        let inner = Inner {
            handler,
            heartbeats,
            rhythm: Rhythm::new(settings.ping_interval, settings.ping_timeout),
            tasks: TaskTracker::new(),
            hub,
            peers: Mutex::default(),
            upgrades: Arc::new(Semaphore::new(settings.upgrades_max)),
            stopping: AtomicBool::new(false),
            settings,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Takes no new clients, says goodbye to all, and waits for them, but not longer than
    /// [`Settings::shutdown_timeout`].
    pub async fn shutdown(&self) {
        self.shutdown_over(Duration::ZERO).await;
    }

    /// The same, but ends the connections one after the other, evenly over so long.
    pub async fn shutdown_over(&self, over: Duration) {
        let inner = &self.inner;
        inner.stopping.store(true, Ordering::Release);
        let goodbye = |peer: &Arc<Peer>| peer.end(CloseCode::GoingAway, CloseReason::Shutdown);
        spread::evenly(&inner.all_peers(), over, goodbye).await;
        inner.tasks.close();
        let patience = inner.settings.shutdown_timeout;
        if tokio::time::timeout(patience, inner.tasks.wait()).await.is_err() {
            for peer in inner.all_peers() {
                peer.viewer().close(CloseReason::Shutdown);
            }
        }
    }
}

impl Inner {
    pub(crate) fn forget(&self, peer: &Arc<Peer>) {
        self.peers.lock().remove(&Arc::as_ptr(peer).addr());
    }

    fn all_peers(&self) -> Vec<Arc<Peer>> {
        self.peers.lock().values().filter_map(Weak::upgrade).collect()
    }

    async fn answer<B>(self: Arc<Self>, mut request: Request<B>) -> Response<Body> {
        let upgrade = hyper::upgrade::on(&mut request);
        let (head, _) = request.into_parts();
        let response = match handshake::accept(&head) {
            Ok(response) => response,
            Err(unfit) => return unfit.response(),
        };
        let permit = Arc::clone(&self.upgrades).try_acquire_owned();
        let Ok(permit) = permit else { return refused(StatusCode::SERVICE_UNAVAILABLE) };
        if self.stopping.load(Ordering::Acquire) {
            return refused(StatusCode::SERVICE_UNAVAILABLE);
        }
        let state = match self.handler.open(&Handshake::of(&head)).await {
            Ok(state) => state,
            Err(status) => return refused(status),
        };
        let endpoint = Arc::clone(&self);
        self.tasks.spawn(async move {
            let _permit = permit;
            endpoint.open(upgrade, state).await;
        });
        response
    }

    async fn open(self: &Arc<Self>, upgrade: OnUpgrade, state: Arc<dyn Any + Send + Sync>) {
        let timeout = self.settings.upgrade_timeout;
        let Ok(Ok(upgraded)) = tokio::time::timeout(timeout, upgrade).await else { return };
        let (stream, input) = upgraded::into_stream(upgraded);
        let Ok(presence) = self.hub.connect() else { return };
        presence.attach(stream);
        let peer = Peer::new(self, presence, state);
        self.peers.lock().insert(Arc::as_ptr(&peer).addr(), Arc::downgrade(&peer));
        // Made first: should the handler panic, dropping it cleans up.
        let connection = Connection::new(Arc::clone(&peer), Assembler::default(), input);
        if self.stopping.load(Ordering::Acquire) {
            peer.end(CloseCode::GoingAway, CloseReason::Shutdown);
        }
        self.handler.opened(&peer).await;
        self.tasks.spawn(connection);
    }
}

fn refused(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

tower_service!(Endpoint, inner);

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

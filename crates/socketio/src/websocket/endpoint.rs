//! A plain websocket endpoint: messages in, frames and room events out, no Socket.IO.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use rooms::{CloseReason, Hub};
use tokio::sync::Semaphore;

use super::close::CloseCode;
use super::connection::Connection;
use super::handshake;
use super::message::Assembler;
use super::peer::{Handler, Peer};
use super::settings::Settings;
use super::shared::Shared;
use crate::body::Body;
use crate::handshake::Handshake;
use crate::heartbeat::Heartbeats;
use crate::service::tower_service;
use crate::spread;
use crate::upgraded;

/// A tower service that makes websockets of its requests. Cloning gives another handle.
#[derive(Clone)]
pub struct Endpoint {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared<dyn Handler, Peer>>,
    hub: Hub,
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
            hub,
            upgrades: Arc::new(Semaphore::new(settings.upgrades_max)),
            stopping: AtomicBool::new(false),
            shared: Arc::new(Shared::new(heartbeats, settings, handler)),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Takes no new clients, closes all, and waits for them, but not longer than
    /// [`Settings::shutdown_timeout`].
    pub async fn shutdown(&self) {
        self.shutdown_over(Duration::ZERO).await;
    }

    /// The same, but ends the connections one after the other, evenly over this time.
    pub async fn shutdown_over(&self, over: Duration) {
        let shared = &self.inner.shared;
        self.inner.stopping.store(true, Ordering::Release);
        let goodbye = |peer: &Arc<Peer>| peer.end(CloseCode::GoingAway, CloseReason::Shutdown);
        spread::evenly(&shared.all_peers(), over, goodbye).await;
        shared.tasks.close();
        let patience = shared.settings.shutdown_timeout;
        if tokio::time::timeout(patience, shared.tasks.wait()).await.is_err() {
            for peer in shared.all_peers() {
                peer.viewer().close(CloseReason::Shutdown);
            }
        }
    }
}

impl Inner {
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
        let state = match self.shared.handler.open(&Handshake::of(&head)).await {
            Ok(state) => state,
            Err(status) => return refused(status),
        };
        let endpoint = Arc::clone(&self);
        self.shared.tasks.spawn(async move {
            let _permit = permit;
            endpoint.open(upgrade, state).await;
        });
        response
    }

    async fn open(self: &Arc<Self>, upgrade: OnUpgrade, state: Arc<dyn Any + Send + Sync>) {
        let timeout = self.shared.settings.upgrade_timeout;
        let Ok(Ok(upgraded)) = tokio::time::timeout(timeout, upgrade).await else { return };
        let (stream, input) = upgraded::into_stream(upgraded);
        let Ok(presence) = self.hub.connect() else { return };
        presence.attach(stream);
        let peer = Peer::new(&self.shared, presence, state);
        self.shared.remember(&peer);
        // Made first: if the handler panics, its drop cleans up.
        let connection = Connection::new(Arc::clone(&peer), Assembler::default(), input);
        // Read after the peer is known: a shutdown that began meanwhile ends it, or it is ended
        // here.
        if self.stopping.load(Ordering::Acquire) {
            peer.end(CloseCode::GoingAway, CloseReason::Shutdown);
        }
        self.shared.handler.opened(&peer).await;
        self.shared.tasks.spawn(connection);
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
        f.debug_struct("Endpoint")
            .field("settings", &self.inner.shared.settings)
            .finish_non_exhaustive()
    }
}

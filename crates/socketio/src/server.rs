//! The server: a tower service for one path, and everything its sessions share.
//!
//! Answers handshakes, polls, posts and upgrades. It never reads the path: where it is mounted is
//! the router's decision.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use http::{Request, Response};
use hyper::upgrade::OnUpgrade;
use parking_lot::Mutex;
use rooms::{CloseReason, Hub};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use crate::body::Body;
use crate::config::Config;
use crate::decision::{Decision, Transport, decide};
use crate::handshake::Handshake;
use crate::heartbeat::{Heartbeats, ticks};
use crate::namespace::Namespace;
use crate::polling;
use crate::post;
use crate::probe;
use crate::pulse::Rhythm;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::sid::Sid;
use crate::upgraded;
use crate::websocket::connection::{Connection, Driven, Received};
use crate::websocket::message::Assembler;
use crate::websocket::{CloseCode, handshake};

/// A Socket.IO server. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
}

/// Puts a [`Server`] together.
#[derive(Default)]
pub struct Builder {
    config: Config,
    namespaces: Vec<(Box<str>, Arc<dyn Namespace>)>,
    heartbeats: Option<Heartbeats>,
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

    /// The server, on this hub.
    ///
    /// # Panics
    /// Outside a tokio runtime, unless it was given a clock.
    pub fn build(self, hub: Hub) -> Server {
        let config = self.config;
        let mut namespaces = self.namespaces;
        // A namespace's index is one byte of every socket.
        namespaces.truncate(usize::from(u8::MAX));
        let shared = Shared {
            hub,
            namespaces,
            heartbeats: self.heartbeats.unwrap_or_else(Heartbeats::start),
            rhythm: Rhythm::new(config.ping_interval, config.ping_timeout),
            connect_ticks: ticks(config.connect_timeout),
            sessions: Mutex::default(),
            upgrades: Arc::new(Semaphore::new(config.upgrades_max)),
            stopping: AtomicBool::new(false),
            tasks: TaskTracker::new(),
            config,
        };
        Server { shared: Arc::new(shared) }
    }
}

impl Server {
    /// Begins a server.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Sessions now.
    pub fn sessions(&self) -> usize {
        self.shared.sessions.lock().len()
    }

    /// Takes no new sessions, ends all transports without a word about namespaces (so that clients
    /// come back, elsewhere or later), and waits for them, but not longer than
    /// [`Config::shutdown_timeout`].
    pub async fn shutdown(&self) {
        let shared = &self.shared;
        shared.stopping.store(true, Ordering::Release);
        let sessions: Vec<_> = shared.sessions.lock().values().cloned().collect();
        for session in &sessions {
            session.say_goodbye(CloseCode::GoingAway, CloseReason::Shutdown);
        }
        shared.tasks.close();
        let patience = shared.config.shutdown_timeout;
        if tokio::time::timeout(patience, shared.tasks.wait()).await.is_err() {
            for session in sessions {
                session.close(CloseReason::Shutdown);
            }
        }
    }
}

/// What all sessions of one server share.
pub(crate) struct Shared {
    pub(crate) hub: Hub,
    pub(crate) config: Config,
    pub(crate) namespaces: Vec<(Box<str>, Arc<dyn Namespace>)>,
    pub(crate) heartbeats: Heartbeats,
    pub(crate) rhythm: Rhythm,
    pub(crate) connect_ticks: u64,
    pub(crate) tasks: TaskTracker,
    sessions: Mutex<HashMap<Sid, Arc<Session>>>,
    upgrades: Arc<Semaphore>,
    stopping: AtomicBool,
}

impl Shared {
    pub(crate) fn namespace(&self, name: &str) -> Option<u8> {
        let at = self.namespaces.iter().position(|(known, _)| &**known == name)?;
        u8::try_from(at).ok()
    }

    pub(crate) fn remember(&self, session: &Arc<Session>) -> Result<(), Refusal> {
        let mut sessions = self.sessions.lock();
        // Read under the lock: whoever stops the server afterwards finds this session.
        let stopping = self.stopping.load(Ordering::Acquire);
        if stopping || sessions.len() >= self.config.sessions_max {
            return Err(Refusal::Unavailable);
        }
        sessions.insert(session.sid, Arc::clone(session));
        Ok(())
    }

    pub(crate) fn forget(&self, sid: Sid) {
        let mut sessions = self.sessions.lock();
        sessions.remove(&sid);
        if sessions.len() * 8 < sessions.capacity() {
            sessions.shrink_to_fit();
        }
    }

    fn find(&self, sid: &str) -> Option<(Arc<Session>, Transport)> {
        let session = self.sessions.lock().get(&sid.parse().ok()?).cloned()?;
        let transport = session.state.lock().transport;
        Some((session, transport))
    }

    fn permit(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let full = self.sessions.lock().len() >= self.config.sessions_max;
        if full || self.stopping.load(Ordering::Acquire) {
            return Err(Refusal::Unavailable);
        }
        Arc::clone(&self.upgrades).try_acquire_owned().map_err(|_| Refusal::Unavailable)
    }

    async fn answer<B>(self: Arc<Self>, mut request: Request<B>) -> Response<Body>
    where
        B: http_body::Body,
    {
        let upgrade = hyper::upgrade::on(&mut request);
        let (head, body) = request.into_parts();
        let answer = match decide(&head, |sid| self.find(sid)) {
            Ok(Decision::OpenPolling) => self.open_polling(&head),
            Ok(Decision::Poll(session)) => Ok(polling::poll(session).await),
            Ok(Decision::Post(session)) => Ok(post::post(session, &head.headers, body).await),
            Ok(Decision::OpenWebsocket) => self.open_websocket(&head, upgrade),
            Ok(Decision::Upgrade(session)) => self.begin_upgrade(session, &head, upgrade),
            Err(refusal) => Err(refusal),
        };
        answer.unwrap_or_else(Refusal::response)
    }

    fn open_polling(
        self: &Arc<Self>,
        head: &http::request::Parts,
    ) -> Result<Response<Body>, Refusal> {
        let session = Session::open(self, Handshake::of(head), Transport::Polling)?;
        Ok(polling::text(self.open_packet(&session, r#"["websocket"]"#)))
    }

    fn open_websocket(
        self: &Arc<Self>,
        head: &http::request::Parts,
        upgrade: OnUpgrade,
    ) -> Result<Response<Body>, Refusal> {
        let response = handshake::accept(head).map_err(|_| Refusal::BadRequest)?;
        let permit = self.permit()?;
        let shared = Arc::clone(self);
        let handshake = Handshake::of(head);
        self.tasks.spawn(async move {
            let _permit = permit;
            let timeout = shared.config.upgrade_timeout;
            let Ok(Ok(upgraded)) = tokio::time::timeout(timeout, upgrade).await else { return };
            let (stream, input) = upgraded::into_stream(upgraded);
            let Ok(session) = Session::open(&shared, handshake, Transport::Websocket) else {
                return;
            };
            session.viewer().attach(stream);
            session.send(&shared.open_packet(&session, "[]"));
            let connection = Connection::new(session, Assembler::default(), input);
            // A task of its own: this one's future has room for a whole handshake.
            shared.tasks.spawn(connection);
        });
        Ok(response)
    }

    fn begin_upgrade(
        self: &Arc<Self>,
        session: Arc<Session>,
        head: &http::request::Parts,
        upgrade: OnUpgrade,
    ) -> Result<Response<Body>, Refusal> {
        let response = handshake::accept(head).map_err(|_| Refusal::BadRequest)?;
        let permit = self.permit()?;
        let shared = Arc::clone(self);
        self.tasks.spawn(async move {
            let _permit = permit;
            let timeout = shared.config.upgrade_timeout;
            let Ok(Ok(upgraded)) = tokio::time::timeout(timeout, upgrade).await else { return };
            let (stream, input) = upgraded::into_stream(upgraded);
            if let Some(connection) = probe::run(&session, stream, input, timeout).await {
                shared.tasks.spawn(connection);
            }
        });
        Ok(response)
    }

    fn open_packet(&self, session: &Session, upgrades: &str) -> String {
        format!(
            r#"0{{"sid":"{}","upgrades":{upgrades},"pingInterval":{},"pingTimeout":{},"maxPayload":{}}}"#,
            session.sid,
            self.config.ping_interval.as_millis(),
            self.config.ping_timeout.as_millis(),
            self.config.max_payload,
        )
    }
}

impl Driven for Session {
    fn viewer(&self) -> &Arc<rooms::Viewer> {
        Self::viewer(self)
    }

    fn payload_max(&self) -> usize {
        self.shared.config.max_payload
    }

    fn close_timeout(&self) -> std::time::Duration {
        self.shared.config.close_timeout
    }

    fn text(self: &Arc<Self>, text: String) -> Received {
        self.receive(text)
    }

    fn binary(self: &Arc<Self>, _bytes: Vec<u8>) -> Received {
        Received::Close(CloseCode::Unsupported)
    }

    fn over(self: &Arc<Self>, reason: CloseReason) {
        self.close(reason);
    }
}

impl<B> tower::Service<Request<B>> for Server
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { Ok(shared.answer(request).await) })
    }
}

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

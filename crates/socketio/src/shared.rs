//! What all sessions of one server share, and the answers to their requests: handshakes, polls,
//! posts and upgrades.
//!
//! What speaks above the sessions is either a list of Socket.IO namespaces or one handler of bare
//! Engine.IO messages; nothing else here depends on which.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use http::{Request, Response};
use hyper::upgrade::OnUpgrade;
use parking_lot::Mutex;
use rooms::recovery::Recovery;
use rooms::{CloseReason, Hub, Presence};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use crate::body::{Body, HoldsHeadBack};
use crate::config::Config;
use crate::decision::{Decision, Transport, decide};
use crate::engine::Handler;
use crate::handshake::Handshake;
use crate::heartbeat::{Heartbeats, ticks};
use crate::namespace::Namespace;
use crate::polling;
use crate::post;
use crate::probe;
use crate::pulse::Rhythm;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::sessions::{Bounds, Sessions};
use crate::sid::Sid;
use crate::spread;
use crate::upgraded;
use crate::websocket::connection::Connection;
use crate::websocket::message::Assembler;
use crate::websocket::{CloseCode, handshake};

/// What all sessions of one server share.
pub(crate) struct Shared {
    pub(crate) hub: Hub,
    pub(crate) config: Config,
    /// Empty if `messages` is set.
    pub(crate) namespaces: Vec<(Arc<str>, Arc<dyn Namespace>)>,
    /// Takes the messages as they are, without Socket.IO.
    pub(crate) messages: Option<Arc<dyn Handler>>,
    /// Set if clients may come back to their sessions.
    pub(crate) recovery: Option<Arc<Recovery>>,
    pub(crate) heartbeats: Heartbeats,
    pub(crate) rhythm: Rhythm,
    pub(crate) connect_ticks: u64,
    pub(crate) tasks: TaskTracker,
    /// The number of the next event that wants an answer.
    pub(crate) asked: AtomicU64,
    sessions: Mutex<Sessions>,
    bounds: Bounds,
    upgrades: Arc<Semaphore>,
    stopping: AtomicBool,
}

impl Shared {
    pub(crate) fn new(
        hub: Hub,
        config: Config,
        heartbeats: Option<Heartbeats>,
        namespaces: Vec<(Arc<str>, Arc<dyn Namespace>)>,
        messages: Option<Arc<dyn Handler>>,
        recovery: Option<Arc<Recovery>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            hub,
            namespaces,
            messages,
            recovery,
            heartbeats: heartbeats.unwrap_or_else(Heartbeats::start),
            rhythm: Rhythm::new(config.ping_interval, config.ping_timeout),
            connect_ticks: ticks(config.connect_timeout),
            asked: AtomicU64::new(0),
            sessions: Mutex::default(),
            bounds: Bounds {
                all_max: config.sessions_max,
                unjoined_max: config.unjoined_max.max(1),
            },
            upgrades: Arc::new(Semaphore::new(config.upgrades_max)),
            stopping: AtomicBool::new(false),
            tasks: TaskTracker::new(),
            config,
        })
    }

    pub(crate) fn sessions(&self) -> usize {
        self.sessions.lock().len()
    }

    /// Takes no new sessions, says goodbye to all, evenly over so long, and waits for them as long as is
    /// allowed.
    pub(crate) async fn shutdown(&self, over: Duration) {
        self.stopping.store(true, Ordering::Release);
        let sessions: Vec<_> = self.sessions.lock().all();
        let goodbye = |session: &Arc<Session>| {
            let code = CloseCode::GoingAway;
            session.say_goodbye(code, code.meaning(), CloseReason::Shutdown);
        };
        spread::evenly(&sessions, over, goodbye).await;
        self.tasks.close();
        let patience = self.config.shutdown_timeout;
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            for session in sessions {
                session.close(CloseReason::Shutdown);
            }
        }
        if let Some(recovery) = &self.recovery
            && let Err(error) = recovery.end().await
        {
            tracing::debug!(%error, "the end of this node could not be written down");
        }
    }

    pub(crate) fn namespace(&self, name: &str) -> Option<u8> {
        let at = self.namespaces.iter().position(|(known, _)| &**known == name)?;
        u8::try_from(at).ok()
    }

    pub(crate) fn remember(
        &self,
        session: &Arc<Session>,
        has_to_join: bool,
    ) -> Result<(), Refusal> {
        let gone = {
            let mut sessions = self.sessions.lock();
            // Read under the lock: whoever stops the server afterwards finds this session.
            if self.stopping.load(Ordering::Acquire) {
                return Err(Refusal::Unavailable);
            }
            sessions.add(session, has_to_join, self.bounds).map_err(|_| Refusal::Unavailable)?
        };
        // Not under the lock: a session that ends takes itself out.
        if let Some(gone) = gone {
            gone.close(CloseReason::Timeout);
        }
        Ok(())
    }

    /// A new viewer, if need be in the place of the session that has joined nothing for the longest
    /// time.
    pub(crate) fn presence(&self) -> Result<Presence, Refusal> {
        if let Ok(presence) = self.hub.connect() {
            return Ok(presence);
        }
        let gone = self.sessions.lock().take_oldest().ok_or(Refusal::Unavailable)?;
        gone.close(CloseReason::Timeout);
        self.hub.connect().map_err(|_| Refusal::Unavailable)
    }

    /// Its CONNECT is being looked at: it is no longer one of those that have joined nothing.
    pub(crate) fn joins(&self, session: &Session) {
        self.sessions.lock().joins(session.sid);
    }

    /// It was not let in. Who was in a namespace before has joined all the same.
    pub(crate) fn joins_not(&self, session: &Session) {
        if session.state.lock().connect_by.is_some() {
            self.sessions.lock().joins_not(session.sid);
        }
    }

    pub(crate) fn forget(&self, sid: Sid) {
        self.sessions.lock().remove(sid);
    }

    fn find(&self, sid: &str) -> Option<(Arc<Session>, Transport)> {
        let session = self.sessions.lock().get(sid.parse().ok()?)?;
        let overdue = session.is_overdue().then_some(CloseReason::Timeout);
        if let Some(reason) = session.viewer().closed().or(overdue) {
            // The clock has not come round to it yet; its client must not notice the difference.
            session.close(reason);
            return None;
        }
        let transport = session.state.lock().transport;
        Some((session, transport))
    }

    fn permit(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let has_room = self.sessions.lock().has_room(self.bounds);
        if !has_room || self.stopping.load(Ordering::Acquire) {
            return Err(Refusal::Unavailable);
        }
        Arc::clone(&self.upgrades).try_acquire_owned().map_err(|_| Refusal::Unavailable)
    }

    pub(crate) async fn answer<B>(self: Arc<Self>, mut request: Request<B>) -> Response<Body>
    where
        B: http_body::Body,
    {
        let upgrade = hyper::upgrade::on(&mut request);
        let (head, body) = request.into_parts();
        let answer = match decide(&head, |sid| self.find(sid)) {
            Ok(Decision::OpenPolling) => self.open_polling(&head).await,
            Ok(Decision::Poll(session)) => {
                let may_wait_in_body = head.extensions.get::<HoldsHeadBack>().is_some();
                Ok(polling::poll(session, may_wait_in_body).await)
            }
            Ok(Decision::Post(session)) => Ok(post::post(session, &head.headers, body).await),
            Ok(Decision::OpenWebsocket) => self.open_websocket(&head, upgrade),
            Ok(Decision::Upgrade(session)) => self.begin_upgrade(session, &head, upgrade),
            Err(refusal) => Err(refusal),
        };
        answer.unwrap_or_else(Refusal::response)
    }

    async fn open_polling(
        self: &Arc<Self>,
        head: &http::request::Parts,
    ) -> Result<Response<Body>, Refusal> {
        let session = Session::open(self, Handshake::of(head), Transport::Polling)?;
        session.greet().await;
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
            let connection = Connection::new(Arc::clone(&session), Assembler::default(), input);
            session.greet().await;
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

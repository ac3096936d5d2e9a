//! What all sessions of one server share, and which sessions there are.
//!
//! Generic in the session, which it does not know: a session holds this. A session that must be
//! closed for another is returned and closed by the caller, never here: a session that ends takes
//! itself out, under the same lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use rooms::Hub;
use rooms::recovery::Recovery;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::heartbeat::{Heartbeats, ticks};
use crate::protocol::Protocol;
use crate::pulse::Rhythm;
use crate::refusal::Refusal;
use crate::sessions::{Bounds, Sessions};
use crate::sid::Sid;
use crate::unbegun::{OnUnbegun, Unbegun};

pub(crate) struct Shared<S> {
    pub(crate) hub: Hub,
    pub(crate) config: Config,
    pub(crate) protocol: Arc<dyn Protocol<S>>,
    /// Set if clients may recover their sessions.
    pub(crate) recovery: Option<Arc<Recovery>>,
    pub(crate) heartbeats: Heartbeats,
    pub(crate) rhythm: Rhythm,
    pub(crate) connect_ticks: u64,
    pub(crate) tasks: TaskTracker,
    /// The number of the next event that wants an answer.
    pub(crate) asked: AtomicU64,
    sessions: Mutex<Sessions<S>>,
    bounds: Bounds,
    pub(crate) upgrades: Arc<Semaphore>,
    on_unbegun: Option<OnUnbegun>,
    stopping: AtomicBool,
}

impl<S> Shared<S> {
    pub(crate) fn new(
        hub: Hub,
        config: Config,
        heartbeats: Option<Heartbeats>,
        protocol: Arc<dyn Protocol<S>>,
        recovery: Option<Arc<Recovery>>,
        on_unbegun: Option<OnUnbegun>,
    ) -> Arc<Self> {
        Arc::new(Self {
            hub,
            protocol,
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
            on_unbegun,
            stopping: AtomicBool::new(false),
            tasks: TaskTracker::new(),
            config,
        })
    }

    pub(crate) fn tell_unbegun(&self, why: Unbegun) {
        if let Some(on_unbegun) = &self.on_unbegun {
            on_unbegun(why);
        }
    }

    pub(crate) fn sessions(&self) -> usize {
        self.sessions.lock().len()
    }

    /// Adds a session, which has to join a namespace or not. It may take the place of another,
    /// which is returned and has to be closed.
    pub(crate) fn remember(
        &self,
        sid: Sid,
        session: &Arc<S>,
        has_to_join: bool,
    ) -> Result<Option<Arc<S>>, Refusal> {
        let mut sessions = self.sessions.lock();
        // Read under the lock: a shutdown that begins afterwards finds this session.
        if self.is_stopping() {
            return Err(Refusal::Unavailable);
        }
        sessions.add(sid, session, has_to_join, self.bounds).map_err(|_| Refusal::Unavailable)
    }

    /// Takes out the session that has been without a namespace for the longest time. It has to be
    /// closed.
    pub(crate) fn take_oldest(&self) -> Option<Arc<S>> {
        self.sessions.lock().take_oldest()
    }

    pub(crate) fn get(&self, sid: Sid) -> Option<Arc<S>> {
        self.sessions.lock().get(sid)
    }

    /// Its CONNECT is being handled: it does not count as a session without a namespace now.
    pub(crate) fn joins(&self, sid: Sid) {
        self.sessions.lock().joins(sid);
    }

    /// Its CONNECT was refused, and it is in no namespace.
    pub(crate) fn joins_not(&self, sid: Sid) {
        self.sessions.lock().joins_not(sid);
    }

    pub(crate) fn forget(&self, sid: Sid) {
        self.sessions.lock().remove(sid);
    }

    pub(crate) fn has_room(&self) -> bool {
        self.sessions.lock().has_room(self.bounds)
    }

    /// From now on no session is added. Returns all sessions.
    pub(crate) fn stop(&self) -> Vec<Arc<S>> {
        // Before the lock: a session that is added under it has seen this, or is among those
        // returned.
        self.stopping.store(true, Ordering::Release);
        self.sessions.lock().all()
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}

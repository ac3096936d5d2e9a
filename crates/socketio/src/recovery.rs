//! Connection state recovery: a client that comes back after its connection, or the whole process,
//! was lost is in its rooms again and gets exactly what it missed.
//!
//! What a stock client (JavaScript, 4.6 and later) does: it keeps the `pid` that came with the
//! connection and the offset that came as last argument of an event, and shows both when it connects
//! again. Here the pid is a secret that finds a [`SavedSession`]; the offset says how far the client
//! got ([`rooms::Offset`]). A session is written down before a subscription is confirmed, so one
//! that was confirmed is never half known. A session that cannot be restored exactly is not restored.
//!
//! Off unless [`Builder::recovery`](crate::Builder::recovery) is called. What is kept is the
//! [`SessionKeeper`]'s business; when it is forgotten is decided here.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use rooms::{CloseReason, JoinError, Offset, Stay, View};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::broadcast;
use crate::namespace::ConnectRequest;
use crate::session::Session;
use crate::session_keeper::{KeeperError, SavedSession, SessionKeeper, SessionKey};
use crate::sid::Sid;

/// Sessions that are being written down at one time; the next ones wait for their turn.
const SAVES_MAX: usize = 1_024;

/// Sessions that are forgotten in one go.
const FORGOTTEN_MAX: usize = 256;

/// How often it is looked for sessions whose time is over.
const SWEEP_PERIOD: Duration = Duration::from_secs(1);

/// How long, and for how many, sessions are kept.
#[derive(Clone, Debug)]
pub struct RecoveryConfig {
    /// Time in which a client has to come back. After a restart it counts from the start.
    pub window: Duration,
    /// Sessions that wait for their clients at one time; beyond it the ones that have waited longest
    /// are given up.
    pub waiting_max: usize,
}

impl Default for RecoveryConfig {
    fn default() -> Self {
        Self { window: Duration::from_secs(120), waiting_max: 65_536 }
    }
}

/// How a client may come back; see [`Accept::recovery`](crate::Accept).
#[derive(Clone, Copy, Debug, Default)]
pub struct Recoverable {
    /// Whose session it is: only a client that is accepted with the same one gets it back.
    pub owner: Option<u128>,
    /// How it sees the rooms that it comes back to; `None` if it only [enters](crate::Socket::enter)
    /// rooms. The channel is always this namespace's.
    pub view: Option<View>,
}

/// What became of clients that came back with a pid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecoveryStats {
    /// Are in their rooms again and have missed nothing.
    pub recovered: u64,
    /// Nothing was kept: the window was over, or the process was killed before their first session
    /// was written down.
    pub unknown: u64,
    /// The session was somebody else's.
    pub foreign: u64,
    /// Too much was missed, or it is no longer known what.
    pub unrestorable: u64,
    /// Wait for their clients now.
    pub waiting: usize,
}

/// A socket whose client may come back.
pub(crate) struct Returning {
    pub(crate) pid: Sid,
    key: SessionKey,
    owner: Option<u128>,
    namespace: u8,
    /// Known once it is found out whom the client was.
    sid: OnceLock<Sid>,
    pub(crate) recovered: bool,
    /// Something is kept under the key.
    saved: AtomicBool,
    /// What is kept, if anything, is not what is: the client begins anew.
    given_up: AtomicBool,
    session: Weak<Session>,
    /// Held while the session is being restored or changed: whoever takes it over waits for the end.
    pub(crate) changing: tokio::sync::Mutex<()>,
}

/// A session that waits for its client.
struct Waiting {
    deadline: Instant,
    unsaved: Option<Unsaved>,
    /// Who had it last in this process, and may still be writing it down.
    last: Option<Arc<Returning>>,
}

/// A session that is in no room and was never written down: there is nothing in it but who it is.
#[derive(Clone, Copy)]
struct Unsaved {
    sid: Sid,
    owner: Option<u128>,
    namespace: u8,
}

#[derive(Default)]
struct Book {
    live: HashMap<SessionKey, Arc<Returning>>,
    waiting: HashMap<SessionKey, Waiting>,
    /// In the order of deadlines. An entry counts only if the session still waits for that moment.
    deadlines: VecDeque<(Instant, SessionKey)>,
}

/// The sessions of one server that may be come back to.
pub(crate) struct Recovery {
    config: RecoveryConfig,
    keeper: Arc<dyn SessionKeeper>,
    saves: Semaphore,
    book: Mutex<Book>,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    recovered: AtomicU64,
    unknown: AtomicU64,
    foreign: AtomicU64,
    unrestorable: AtomicU64,
}

/// What is known of a pid that a client brings.
enum Claimed {
    /// A connection has it, which may be half open.
    Live(Arc<Returning>),
    Waiting(Option<Unsaved>, Option<Arc<Returning>>),
    Foreign,
    Unknown,
}

/// How a client is let in.
pub(crate) enum Admission {
    /// The rooms are joined; events are held back.
    Recovered(Arc<Returning>),
    /// As if it had never been here.
    Fresh(Arc<Returning>),
    /// The keeper or the history did not answer: it must come again, and not lose its session.
    TryAgain,
}

/// What a client shows that comes back.
pub(crate) struct Shown {
    pub(crate) pid: Option<Sid>,
    pub(crate) offset: Option<String>,
}

impl Shown {
    pub(crate) fn by(request: &ConnectRequest<'_>) -> Self {
        let pid = request.auth_str("pid");
        // One that is not of our form cannot be one of ours.
        Self { pid: pid.and_then(|pid| pid.parse().ok()), offset: request.auth_str("offset") }
    }
}

impl Recovery {
    pub(crate) fn new(config: RecoveryConfig, keeper: Arc<dyn SessionKeeper>) -> Arc<Self> {
        let recovery = Arc::new(Self {
            config,
            keeper,
            saves: Semaphore::new(SAVES_MAX),
            book: Mutex::default(),
            counters: Counters::default(),
        });
        tokio::spawn(sweep(Arc::downgrade(&recovery)));
        recovery
    }

    pub(crate) fn stats(&self) -> RecoveryStats {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RecoveryStats {
            recovered: count(&self.counters.recovered),
            unknown: count(&self.counters.unknown),
            foreign: count(&self.counters.foreign),
            unrestorable: count(&self.counters.unrestorable),
            waiting: self.book.lock().waiting.len(),
        }
    }

    /// Lets the clients of an earlier process come back. How many they may be.
    pub(crate) async fn restore(&self) -> Result<usize, KeeperError> {
        let keys = self.keeper.keys().await?;
        let count = keys.len();
        let mut book = self.book.lock();
        for key in keys {
            self.wait_for(&mut book, key, None, None);
        }
        Ok(count)
    }

    /// Lets a client in that has been accepted: where it was, or anew.
    pub(crate) async fn admit(
        &self,
        session: &Arc<Session>,
        namespace: u8,
        as_what: Recoverable,
        sid: Option<Sid>,
        shown: &Shown,
    ) -> Result<Admission, getrandom::Error> {
        if let Some(pid) = shown.pid {
            let returning = Returning::new(session, namespace, pid, as_what.owner, true);
            match self.come_back(session, &returning, as_what.view, shown.offset.as_deref()).await {
                Back::Recovered => {
                    self.counters.recovered.fetch_add(1, Ordering::Relaxed);
                    return Ok(Admission::Recovered(returning));
                }
                Back::Unknown => self.counters.unknown.fetch_add(1, Ordering::Relaxed),
                Back::Foreign => self.counters.foreign.fetch_add(1, Ordering::Relaxed),
                Back::Unrestorable => self.counters.unrestorable.fetch_add(1, Ordering::Relaxed),
                Back::TryAgain => return Ok(Admission::TryAgain),
            };
        }
        // The client keeps its old offset: nothing that it is told may look older than that.
        let stale = shown.offset.as_deref().and_then(|text| text.parse().ok());
        let stale = stale.map_or(0, |offset: Offset| offset.given());
        session.viewer().given_at_least(session.hub().position().max(stale));
        let returning = Returning::new(session, namespace, Sid::random()?, as_what.owner, false);
        returning.is(sid.map_or_else(Sid::random, Ok)?);
        self.book.lock().live.insert(returning.key, Arc::clone(&returning));
        Ok(Admission::Fresh(returning))
    }

    async fn come_back(
        &self,
        session: &Arc<Session>,
        returning: &Arc<Returning>,
        view: Option<View>,
        offset: Option<&str>,
    ) -> Back {
        // From the moment of the claim on, the next connection with this pid waits for this one.
        let _changing = returning.changing.lock().await;
        let unsaved = match self.claim(returning) {
            Claimed::Unknown => return Back::Unknown,
            Claimed::Foreign => return Back::Foreign,
            Claimed::Waiting(unsaved, None) => unsaved,
            Claimed::Waiting(_, Some(last)) => {
                let _changed = last.changing.lock().await;
                last.unsaved()
            }
            Claimed::Live(old) => {
                if let Some(old) = old.session.upgrade() {
                    old.close(CloseReason::Replaced);
                }
                let _changed = old.changing.lock().await;
                old.unsaved()
            }
        };
        let back = self.restore_one(session, returning, view, offset, unsaved).await;
        match back {
            Back::Recovered => {}
            Back::TryAgain | Back::Foreign => self.left(returning),
            Back::Unknown | Back::Unrestorable => {
                // Its client begins anew; what cannot be restored exactly is not kept any longer.
                if let Some(key) = self.leaves_for_good(returning) {
                    self.forget(&[key]).await;
                }
            }
        }
        back
    }

    async fn restore_one(
        &self,
        session: &Arc<Session>,
        returning: &Arc<Returning>,
        view: Option<View>,
        offset: Option<&str>,
        unsaved: Option<Unsaved>,
    ) -> Back {
        let saved = match unsaved {
            Some(Unsaved { sid, owner, namespace }) => {
                returning.is(sid);
                let namespace = session.namespace_name(namespace).into();
                Ok(Some(SavedSession { sid, owner, namespace, stays: Vec::new() }))
            }
            None => {
                returning.saved.store(true, Ordering::Release);
                self.keeper.find(returning.key).await
            }
        };
        let saved = match saved {
            Ok(Some(saved)) => saved,
            Ok(None) => return Back::Unknown,
            Err(error) => {
                tracing::warn!(%error, "a session could not be found now");
                return Back::TryAgain;
            }
        };
        if saved.owner != returning.owner
            || *saved.namespace != *session.namespace_name(returning.namespace)
        {
            return Back::Foreign;
        }
        returning.is(saved.sid);
        let offset: Option<Offset> = match offset.map(str::parse) {
            None => None,
            Some(Ok(offset)) => Some(offset),
            Some(Err(_)) => return Back::Unrestorable,
        };
        let view = room_view(returning.namespace, saved.sid, view);
        let viewer = session.viewer();
        match session.hub().resume(viewer, &saved.stays, offset.as_ref(), view).await {
            Ok(()) => Back::Recovered,
            Err(error @ (JoinError::History(_) | JoinError::Closed)) => {
                tracing::debug!(%error, "a session could not be restored now");
                Back::TryAgain
            }
            Err(_) => Back::Unrestorable,
        }
    }

    /// Takes a session over, so that only one connection gets it.
    fn claim(&self, returning: &Arc<Returning>) -> Claimed {
        let key = returning.key;
        let mut book = self.book.lock();
        if let Some(live) = book.live.get(&key) {
            if live.owner != returning.owner || live.namespace != returning.namespace {
                return Claimed::Foreign;
            }
            return match book.live.insert(key, Arc::clone(returning)) {
                Some(old) => Claimed::Live(old),
                None => Claimed::Unknown,
            };
        }
        match book.waiting.remove(&key) {
            Some(waiting) if waiting.deadline > Instant::now() => {
                if let Some(unsaved) = waiting.unsaved
                    && (unsaved.owner, unsaved.namespace) != (returning.owner, returning.namespace)
                {
                    book.waiting.insert(key, waiting);
                    return Claimed::Foreign;
                }
                book.live.insert(key, Arc::clone(returning));
                Claimed::Waiting(waiting.unsaved, waiting.last)
            }
            // Its time is over, and it is about to be forgotten.
            Some(waiting) => {
                book.waiting.insert(key, waiting);
                Claimed::Unknown
            }
            None => Claimed::Unknown,
        }
    }

    /// Writes down the rooms that a socket is about to be in.
    pub(crate) async fn save(
        &self,
        returning: &Returning,
        namespace: &str,
        stays: Vec<Stay>,
    ) -> Result<(), KeeperError> {
        let _turn = self.saves.acquire().await.map_err(KeeperError::new)?;
        let session = SavedSession {
            sid: returning.sid(),
            owner: returning.owner,
            namespace: namespace.into(),
            stays,
        };
        self.keeper.save(returning.key, &session).await?;
        returning.saved.store(true, Ordering::Release);
        Ok(())
    }

    /// The connection is over; the client has its time to come back, unless it is back already.
    pub(crate) fn left(&self, returning: &Arc<Returning>) {
        let mut book = self.book.lock();
        if book.unbook(returning) {
            let last = Some(Arc::clone(returning));
            self.wait_for(&mut book, returning.key, returning.unsaved(), last);
        }
    }

    /// What is about the session cannot be written down: its client begins anew when it comes back.
    pub(crate) fn give_up(&self, returning: &Returning) {
        tracing::warn!("a session cannot be kept; its client will begin anew");
        returning.given_up.store(true, Ordering::Release);
        self.book.lock().unbook(returning);
    }

    /// The client has left for good. What is to be forgotten, if anything was kept of it.
    pub(crate) fn leaves_for_good(&self, returning: &Arc<Returning>) -> Option<SessionKey> {
        let was_live = self.book.lock().unbook(returning);
        (was_live && returning.is_saved()).then_some(returning.key)
    }

    pub(crate) async fn forget(&self, keys: &[SessionKey]) {
        for keys in keys.chunks(FORGOTTEN_MAX) {
            if let Err(error) = self.keeper.forget(keys).await {
                tracing::warn!(%error, "sessions could not be forgotten");
            }
        }
    }

    fn wait_for(
        &self,
        book: &mut Book,
        key: SessionKey,
        unsaved: Option<Unsaved>,
        last: Option<Arc<Returning>>,
    ) {
        let deadline = Instant::now() + self.config.window;
        book.waiting.insert(key, Waiting { deadline, unsaved, last });
        book.deadlines.push_back((deadline, key));
    }

    /// Takes out the sessions whose time is over, or that are too many; those to be forgotten.
    fn take_overdue(&self, now: Instant) -> Vec<SessionKey> {
        let mut book = self.book.lock();
        let mut overdue = Vec::new();
        while let Some(&(deadline, key)) = book.deadlines.front() {
            if deadline > now && book.waiting.len() <= self.config.waiting_max {
                break;
            }
            book.deadlines.pop_front();
            if book.waiting.get(&key).is_some_and(|waiting| waiting.deadline == deadline)
                && let Some(waiting) = book.waiting.remove(&key)
                && waiting.last.as_ref().map_or(waiting.unsaved.is_none(), |last| last.is_saved())
            {
                overdue.push(key);
            }
        }
        book.shrink();
        overdue
    }
}

/// What became of a client that came back.
enum Back {
    Recovered,
    Unknown,
    Foreign,
    Unrestorable,
    /// The keeper or the history did not answer.
    TryAgain,
}

/// How a socket sees the rooms that it comes back to.
fn room_view(namespace: u8, sid: Sid, view: Option<View>) -> View {
    let view = view.unwrap_or_else(|| broadcast::view(namespace, sid, true));
    View { channel: namespace, ..view }
}

impl Book {
    /// Takes a live session out; false if it is not live, or another connection has it.
    fn unbook(&mut self, returning: &Returning) -> bool {
        let is_it = |live: &Arc<Returning>| std::ptr::eq(&**live, returning);
        if !self.live.get(&returning.key).is_some_and(is_it) {
            return false;
        }
        self.live.remove(&returning.key);
        if self.live.len() * 8 < self.live.capacity() {
            self.live.shrink_to_fit();
        }
        true
    }

    fn shrink(&mut self) {
        if self.waiting.len() * 8 < self.waiting.capacity() {
            self.waiting.shrink_to_fit();
        }
        if self.deadlines.len() * 8 < self.deadlines.capacity() {
            self.deadlines.shrink_to_fit();
        }
    }
}

async fn sweep(recovery: Weak<Recovery>) {
    loop {
        tokio::time::sleep(SWEEP_PERIOD).await;
        let Some(recovery) = recovery.upgrade() else { return };
        let overdue = recovery.take_overdue(Instant::now());
        recovery.forget(&overdue).await;
    }
}

impl Returning {
    fn new(
        session: &Arc<Session>,
        namespace: u8,
        pid: Sid,
        owner: Option<u128>,
        recovered: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            pid,
            key: SessionKey::of(pid),
            owner,
            namespace,
            sid: OnceLock::new(),
            recovered,
            saved: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            session: Arc::downgrade(session),
            changing: tokio::sync::Mutex::new(()),
        })
    }

    fn is(&self, sid: Sid) {
        // Set once: what is found out again is the same.
        let _ = self.sid.set(sid);
    }

    /// The id of the socket.
    pub(crate) fn sid(&self) -> Sid {
        self.sid.get().copied().unwrap_or(self.pid)
    }

    pub(crate) fn is_saved(&self) -> bool {
        self.saved.load(Ordering::Acquire)
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Acquire)
    }

    pub(crate) fn channel(&self) -> u8 {
        self.namespace
    }

    fn unsaved(&self) -> Option<Unsaved> {
        (!self.is_saved()).then(|| Unsaved {
            sid: self.sid(),
            owner: self.owner,
            namespace: self.namespace,
        })
    }
}

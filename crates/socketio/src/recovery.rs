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

mod admission;
mod book;
mod returning;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use rooms::{Stay, View};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::session_keeper::{KeeperError, SavedSession, SessionKeeper, SessionKey};
pub(crate) use admission::{Admission, Shown};
use book::Book;
pub(crate) use returning::Returning;

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
            waiting: self.book.lock().waiting(),
        }
    }

    /// Lets the clients of an earlier process come back. How many they may be.
    pub(crate) async fn restore(&self) -> Result<usize, KeeperError> {
        let keys = self.keeper.keys().await?;
        let count = keys.len();
        let mut book = self.book.lock();
        for key in keys {
            book.wait_for(self.config.window, key, None, None);
        }
        Ok(count)
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
            book.wait_for(self.config.window, returning.key, returning.unsaved(), last);
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
}

async fn sweep(recovery: Weak<Recovery>) {
    loop {
        tokio::time::sleep(SWEEP_PERIOD).await;
        let Some(recovery) = recovery.upgrade() else { return };
        let overdue =
            recovery.book.lock().take_overdue(Instant::now(), recovery.config.waiting_max);
        recovery.forget(&overdue).await;
    }
}

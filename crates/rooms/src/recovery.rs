//! Connection state recovery: a client that comes back after its connection, or the whole process,
//! was lost is in its rooms again and gets exactly what it missed.
//!
//! Of a client that may come back a *session* is kept: whose it is, and its [`Stay`]s, by a
//! [`Keeper`], under a key that only the client can show. A session is written down before a
//! subscription is confirmed, so one that was confirmed is never half known. How far the client got
//! it says itself, by an [`Offset`](crate::Offset). A session that cannot be restored exactly is not
//! restored.
//!
//! A connection has a session, or the session waits for its client, never both. The newest connection
//! gets it, once the one before has finished what it was writing.
//!
//! At the start of the process: [`Recovery::start`], [`Recovery::restore`]. For every client that
//! arrives: hold its events back ([`Hub::hold`]); [`Recovery::come_back`] if it shows a key, and
//! [`Recovery::begin`] with a new key if it does not or cannot have what it asks for; tell it, and let
//! the hold go. While it is here: [`Recovery::join`] and [`Recovery::leave`] instead of the hub's. In the
//! end [`Recovery::left`], or, if it goes for good, [`Recovery::leaves_for_good`] and
//! [`Recovery::forget`].
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::{Arc, Mutex, Weak};
//!
//! use rooms::recovery::{
//!     Arrival, Back, Keeper, KeeperError, KeptSession, Plan, Recovery, RecoveryConfig,
//! };
//! use rooms::{
//!     Audience, Encoding, Frame, Hub, Limits, NoHistory, Place, Start, Stay, View, Viewer,
//! };
//!
//! /// Sessions for as long as the process runs, of people known by a number.
//! #[derive(Default)]
//! struct InMemory(Mutex<HashMap<u64, (u32, Vec<Stay>)>>);
//!
//! #[async_trait::async_trait]
//! impl Keeper for InMemory {
//!     type Key = u64;
//!     type Owner = u32;
//!     type Name = ();
//!
//!     async fn save(&self, key: u64, session: &KeptSession<Self>) -> Result<(), KeeperError> {
//!         self.0.lock().unwrap().insert(key, (session.owner, session.stays.clone()));
//!         Ok(())
//!     }
//!     async fn find(&self, key: u64) -> Result<Option<KeptSession<Self>>, KeeperError> {
//!         let found = self.0.lock().unwrap().get(&key).cloned();
//!         Ok(found.map(|(owner, stays)| KeptSession { owner, name: (), stays }))
//!     }
//!     async fn forget(&self, keys: &[u64]) -> Result<(), KeeperError> {
//!         self.0.lock().unwrap().retain(|key, _| !keys.contains(key));
//!         Ok(())
//!     }
//!     async fn keys(&self) -> Result<Vec<u64>, KeeperError> {
//!         Ok(self.0.lock().unwrap().keys().copied().collect())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
//! let recovery = Recovery::start(hub.clone(), RecoveryConfig::default(), InMemory::default());
//! let view =
//!     View { encoding: Encoding::new(0), audience: Audience::Public, identity: None, channel: 0 };
//!
//! let viewer = hub.connect()?;
//! let connection: Weak<Viewer> = Arc::downgrade(&viewer);
//! let arrival = Arrival { viewer: &viewer, channel: 0, owner: 7, offset: None };
//! let here = recovery.begin(connection, arrival, 42, ());
//! let plan = Plan { room: "lobby", start: Start::Head, from_snapshot: false, ticket: 1, view };
//! recovery.join(&here, plan, |_, _| [Frame::bare("joined;")]).await?;
//!
//! // The connection is lost; its client comes back on another one.
//! drop(viewer);
//! recovery.left(&here);
//! let viewer = hub.connect()?;
//! let connection: Weak<Viewer> = Arc::downgrade(&viewer);
//! let hold = hub.hold(&viewer, "", 0);
//! let arrival = Arrival { viewer: &viewer, channel: 0, owner: 7, offset: None };
//! let back = recovery.come_back(connection, arrival, 42, |()| view).await;
//! assert!(matches!(back, Back::Recovered(_)));
//! drop(hold);
//! assert_eq!(viewer.cursor("lobby", 0), Some(Place::START));
//! # Ok(())
//! # }
//! ```

mod admission;
mod book;
mod keeper;
mod returning;
mod stays;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::hub::Hub;
use crate::stay::Stay;
pub use admission::{Arrival, Back};
use book::Book;
pub use keeper::{Keeper, KeeperError, KeptSession};
pub use returning::{Replaceable, Returning};
pub use stays::Plan;

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

/// What became of clients that could come back.
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
    /// Came back while their old connection still seemed to be there; it was closed.
    pub replaced: u64,
    /// Asked for a room that they had just come back to, and were left where they are in it.
    pub left_in_place: u64,
    /// Joins that were written down, then failed, and were taken back.
    pub taken_back: u64,
    /// Watch on, but begin anew when they come back: their session could not be written down.
    pub given_up: u64,
    /// Wait for their clients now.
    pub waiting: usize,
}

/// The sessions of one server that may be come back to.
pub struct Recovery<K: Keeper> {
    hub: Hub,
    config: RecoveryConfig,
    keeper: K,
    saves: Semaphore,
    book: Mutex<Book<K>>,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    recovered: AtomicU64,
    unknown: AtomicU64,
    foreign: AtomicU64,
    unrestorable: AtomicU64,
    replaced: AtomicU64,
    left_in_place: AtomicU64,
    taken_back: AtomicU64,
    given_up: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl<K: Keeper> Recovery<K> {
    /// For the viewers of this hub. Sessions whose time is over are forgotten by a task of its own,
    /// which ends with the last handle.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(hub: Hub, config: RecoveryConfig, keeper: K) -> Arc<Self> {
        let recovery = Arc::new(Self {
            hub,
            config,
            keeper,
            saves: Semaphore::new(SAVES_MAX),
            book: Mutex::default(),
            counters: Counters::default(),
        });
        tokio::spawn(sweep(Arc::downgrade(&recovery)));
        recovery
    }

    /// Since the start.
    pub fn stats(&self) -> RecoveryStats {
        let so_far = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.counters;
        RecoveryStats {
            recovered: so_far(&counters.recovered),
            unknown: so_far(&counters.unknown),
            foreign: so_far(&counters.foreign),
            unrestorable: so_far(&counters.unrestorable),
            replaced: so_far(&counters.replaced),
            left_in_place: so_far(&counters.left_in_place),
            taken_back: so_far(&counters.taken_back),
            given_up: so_far(&counters.given_up),
            waiting: self.book.lock().waiting(),
        }
    }

    /// Lets the clients of an earlier process come back, whose sessions the keeper has: to be called
    /// before the first of them is let in. How many they may be.
    pub async fn restore(&self) -> Result<usize, KeeperError> {
        let keys = self.keeper.keys().await?;
        let count = keys.len();
        let mut book = self.book.lock();
        for key in keys {
            book.wait_for(self.config.window, key, None, None);
        }
        Ok(count)
    }

    /// The connection is over; the client has its time to come back, unless it is back already.
    pub fn left(&self, returning: &Arc<Returning<K>>) {
        let mut book = self.book.lock();
        if book.unbook(returning) {
            let last = Some(Arc::clone(returning));
            book.wait_for(self.config.window, returning.key, returning.unsaved(), last);
        }
    }

    /// The client has left for good. What is to be [forgotten](Self::forget), if anything was kept.
    #[must_use]
    pub fn leaves_for_good(&self, returning: &Returning<K>) -> Option<K::Key> {
        let was_live = self.book.lock().unbook(returning);
        (was_live && returning.is_saved()).then_some(returning.key)
    }

    /// Forgets sessions. What cannot be forgotten now is found again at the next start.
    pub async fn forget(&self, keys: &[K::Key]) {
        for keys in keys.chunks(FORGOTTEN_MAX) {
            if let Err(error) = self.keeper.forget(keys).await {
                tracing::warn!(%error, "sessions could not be forgotten");
            }
        }
    }

    /// What is about the session cannot be written down: its client begins anew when it comes back.
    fn give_up(&self, returning: &Returning<K>) {
        tracing::warn!("a session cannot be kept; its client will begin anew");
        count(&self.counters.given_up);
        returning.given_up.store(true, Ordering::Release);
        self.book.lock().unbook(returning);
    }

    /// Writes down the rooms that a client is about to be in.
    async fn write(&self, returning: &Returning<K>, stays: Vec<Stay>) -> Result<(), KeeperError> {
        let _turn = self.saves.acquire().await.map_err(KeeperError::new)?;
        let session =
            returning.kept(stays).ok_or_else(|| KeeperError::new("nobody knows whose"))?;
        self.keeper.save(returning.key, &session).await?;
        returning.saved.store(true, Ordering::Release);
        Ok(())
    }
}

impl<K: Keeper> std::fmt::Debug for Recovery<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recovery").field("config", &self.config).finish_non_exhaustive()
    }
}

async fn sweep<K: Keeper>(recovery: Weak<Recovery<K>>) {
    loop {
        tokio::time::sleep(SWEEP_PERIOD).await;
        let Some(recovery) = recovery.upgrade() else { return };
        let overdue =
            recovery.book.lock().take_overdue(Instant::now(), recovery.config.waiting_max);
        recovery.forget(&overdue).await;
    }
}

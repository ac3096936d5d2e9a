//! Connection state recovery: a client that comes back after its connection, or the whole process,
//! was lost is in its rooms again and gets exactly what it missed.
//!
//! Of a client that may come back a *session* is kept: whose it is, and its [`Stay`]s, by a
//! [`Keeper`], under a key that only the client can show. A session is written down before a
//! subscription is confirmed, so one that was confirmed is never half known. How far the client got
//! it says itself, by an [`Offset`](crate::Offset). A session that cannot be restored exactly is not
//! restored.
//!
//! Any number of nodes share a keeper, and a client comes back to any of them. A connection that takes a
//! session over raises its [`Generation`], and from then on nothing that the one before writes counts.
//! In one process it is also closed, and waited for. A node that dies says nothing: its lease ends, and
//! its clients have their window from then on.
//!
//! At the start of the process: [`Recovery::start`], [`Recovery::renew`]. For every client that
//! arrives: hold its events back ([`Hub::hold`]); [`Recovery::come_back`] if it shows a key, and
//! [`Recovery::begin`] with a new key if it does not or cannot have what it asks for; tell it, and let
//! the hold go. While it is here: [`Recovery::join`] and [`Recovery::leave`] instead of the hub's. In the
//! end [`Recovery::left`], or, if it goes for good, [`Recovery::leaves_for_good`] and
//! [`Recovery::forget`]. At the end of the process: [`Recovery::end`].
//!
//! ```
//! use std::sync::{Arc, Weak};
//!
//! use rooms::recovery::{
//!     Arrival, Back, MemoryKeeper, Owner, Plan, Recovery, RecoveryConfig, SessionKey,
//! };
//! use rooms::{
//!     Audience, Encoding, Frame, Hub, Limits, NoHistory, Place, Start, View, Viewer,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
//! let keeper = Arc::new(MemoryKeeper::new(hub.clone()));
//! let recovery = Recovery::start(hub.clone(), RecoveryConfig::default(), keeper);
//! let view =
//!     View { encoding: Encoding::new(0), audience: Audience::Public, identity: None, channel: 0 };
//! let (owner, key) = (Owner { user: Some(7), scope: "/".into() }, SessionKey([42; 32]));
//!
//! let viewer = hub.connect()?;
//! let connection: Weak<Viewer> = Arc::downgrade(&viewer);
//! let arrival = Arrival { viewer: &viewer, channel: 0, owner: owner.clone(), offset: None };
//! let here = recovery.begin(connection, &arrival, key, 1);
//! let plan = Plan { room: "lobby", start: Start::Head, from_snapshot: false, ticket: 1, view };
//! recovery.join(&here, plan, |_, _| [Frame::bare("joined;")]).await?;
//!
//! // The connection is lost; its client comes back on another one.
//! drop(viewer);
//! recovery.left(&here);
//! let viewer = hub.connect()?;
//! let connection: Weak<Viewer> = Arc::downgrade(&viewer);
//! let hold = hub.hold(&viewer, "", 0);
//! let arrival = Arrival { viewer: &viewer, channel: 0, owner, offset: None };
//! let back = recovery.come_back(connection, &arrival, key, |_| view).await;
//! assert!(matches!(back, Back::Recovered(_)));
//! drop(hold);
//! assert_eq!(viewer.cursor("lobby", 0), Some(Place::START));
//! # Ok(())
//! # }
//! ```

mod admission;
mod book;
mod chores;
mod contact;
mod keeper;
mod memory;
mod returning;
mod session;
mod stays;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use crate::counters::CloseReason;
use crate::hub::Hub;
use crate::stay::Stay;
use crate::viewer::Viewer;
pub use admission::{Arrival, Back};
use book::Book;
use chores::Lease;
pub use keeper::{Keeper, KeeperError, KeeperTime};
pub use memory::MemoryKeeper;
pub use returning::{Replaceable, Returning};
pub(crate) use session::text;
pub use session::{Generation, Held, Owner, SavedSession, SessionKey};
pub use stays::Plan;

/// Sessions that are being written down at one time; the next ones wait for their turn.
const SAVES_MAX: usize = 1_024;

/// How long it is asked whether a session was written down, before its client is sent away: it comes
/// back, and reads the answer.
const UNKNOWN_SAVE_SECONDS: u64 = 10;

/// Between two such questions.
const UNKNOWN_SAVE_PAUSE: Duration = Duration::from_millis(100);

/// How long, and for how many, sessions are kept.
#[derive(Clone, Debug)]
pub struct RecoveryConfig {
    /// Time in which a client has to come back. If its node was killed it counts from the end of the
    /// node's lease.
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
    /// Nothing was kept: the window was over, another connection was faster, or the process was killed
    /// before their first session was written down.
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

/// The sessions of this node's clients, and of those who come to it.
pub struct Recovery {
    hub: Hub,
    config: RecoveryConfig,
    keeper: Arc<dyn Keeper>,
    saves: Semaphore,
    book: Mutex<Book>,
    lease: tokio::sync::Mutex<Lease>,
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

impl Recovery {
    /// For the viewers of this hub. What is to be done from time to time is done by tasks of its own,
    /// which end with the last handle.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(hub: Hub, config: RecoveryConfig, keeper: Arc<dyn Keeper>) -> Arc<Self> {
        let recovery = Arc::new(Self {
            hub,
            config,
            keeper,
            saves: Semaphore::new(SAVES_MAX),
            book: Mutex::default(),
            lease: tokio::sync::Mutex::default(),
            counters: Counters::default(),
        });
        chores::start(&recovery);
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

    /// The connection is over; the client has its time to come back, unless it is back already.
    pub fn left(&self, returning: &Arc<Returning>) {
        let mut book = self.book.lock();
        if book.unbook(returning) {
            book.wait_for(self.config.window, Arc::clone(returning));
        }
    }

    /// The client has left for good. What is to be [forgotten](Self::forget), if anything was kept.
    #[must_use]
    pub fn leaves_for_good(&self, returning: &Returning) -> Option<Held> {
        let was_live = self.book.lock().unbook(returning);
        if was_live { returning.saved() } else { None }
    }

    /// What is about the session cannot be written down: its client begins anew when it comes back.
    fn give_up(&self, returning: &Returning) {
        tracing::warn!("a session cannot be kept; its client will begin anew");
        count(&self.counters.given_up);
        returning.given_up.store(true, Ordering::Release);
        self.book.lock().unbook(returning);
    }

    /// Writes down the rooms that a client is about to be in. Where nobody can say whether they are
    /// written, or somebody else has the session, the viewer is closed: its client comes back.
    async fn write(
        &self,
        returning: &Returning,
        viewer: &Arc<Viewer>,
        stays: Vec<Stay>,
    ) -> Result<(), KeeperError> {
        let _turn = self.saves.acquire().await.map_err(KeeperError::new)?;
        let (Some(held), Some(session)) = (returning.held(), returning.session(stays)) else {
            unreachable!("a client is in no room before its session is its own")
        };
        let is_new = !returning.is_saved();
        let last_try = Instant::now() + Duration::from_secs(UNKNOWN_SAVE_SECONDS);
        loop {
            let error = match self.keeper.save(held, &session, is_new).await {
                Ok(()) => {
                    returning.may_be_saved();
                    return Ok(());
                }
                Err(error) => error,
            };
            match &error {
                KeeperError::Failed(_) => return Err(error),
                KeeperError::Superseded => viewer.close(CloseReason::Replaced),
                KeeperError::Unknown(_) => {
                    returning.may_be_saved();
                    // Its client may not be told one thing while the other is kept: it is asked again
                    // until that is known, and nothing is given meanwhile.
                    if Instant::now() < last_try && viewer.closed().is_none() {
                        sleep(UNKNOWN_SAVE_PAUSE).await;
                        continue;
                    }
                    tracing::warn!(%error, "a client is sent away: it is not known what is kept of it");
                    viewer.close(CloseReason::Transport);
                }
            }
            return Err(error);
        }
    }
}

impl std::fmt::Debug for Recovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recovery").field("config", &self.config).finish_non_exhaustive()
    }
}

//! The sessions of this node's clients: which connection has which, and writing them down.
//!
//! Invariant: of one about whom nobody can say what is kept, the connection is closed; its client comes
//! back, and reads the answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::book::Book;
use super::client_session::ClientSession;
use super::config::RecoveryConfig;
use super::keeper::{Keeper, KeeperError};
use super::lease::Lease;
use super::session::Held;
use super::stats::{Counters, RecoveryStats, count};
use crate::engine::hub::Hub;
use crate::engine::viewer::Viewer;
use crate::values::counters::CloseReason;
use crate::values::stay::Stay;

/// Sessions that are being written down at one time; the next ones wait for their turn.
const SAVES_MAX: usize = 1_024;

/// How long it is asked whether a session was written down, before its client is sent away: it comes
/// back, and reads the answer.
const UNKNOWN_SAVE_SECONDS: u64 = 10;

/// Between two such questions.
const UNKNOWN_SAVE_PAUSE: Duration = Duration::from_millis(100);

/// The sessions of this node's clients, and of those who come to it.
pub struct Recovery {
    pub(super) hub: Hub,
    pub(super) config: RecoveryConfig,
    pub(super) keeper: Arc<dyn Keeper>,
    pub(super) saves: Semaphore,
    pub(super) book: Mutex<Book>,
    pub(super) lease: tokio::sync::Mutex<Lease>,
    pub(super) counters: Counters,
}

impl Recovery {
    pub(super) fn new(hub: Hub, config: RecoveryConfig, keeper: Arc<dyn Keeper>) -> Self {
        Self {
            hub,
            config,
            keeper,
            saves: Semaphore::new(SAVES_MAX),
            book: Mutex::default(),
            lease: tokio::sync::Mutex::default(),
            counters: Counters::default(),
        }
    }

    /// Since the start.
    pub fn stats(&self) -> RecoveryStats {
        let waiting = self.book.lock().waiting();
        self.counters.stats(waiting)
    }

    /// The connection is over; the client has its time to come back, unless it is back already.
    pub fn left(&self, client_session: &Arc<ClientSession>) {
        let mut book = self.book.lock();
        if book.unbook(client_session) {
            book.wait_for(self.config.window, Arc::clone(client_session));
        }
    }

    /// The client has left for good. What is to be [forgotten](Self::forget), if anything was kept.
    #[must_use]
    pub fn leaves_for_good(&self, client_session: &ClientSession) -> Option<Held> {
        let was_live = self.book.lock().unbook(client_session);
        if was_live { client_session.saved() } else { None }
    }

    /// What is about the session cannot be written down: its client begins anew when it comes back.
    pub(super) fn give_up(&self, client_session: &ClientSession) {
        tracing::warn!("a session cannot be kept; its client will begin anew");
        count(&self.counters.given_up);
        client_session.given_up.store(true, Ordering::Release);
        self.book.lock().unbook(client_session);
    }

    /// Writes down the rooms that a client is about to be in. Where nobody can say whether they are
    /// written, or somebody else has the session, the viewer is closed: its client comes back.
    pub(super) async fn write(
        &self,
        client_session: &ClientSession,
        viewer: &Arc<Viewer>,
        stays: Vec<Stay>,
    ) -> Result<(), KeeperError> {
        let _turn = self.saves.acquire().await.map_err(KeeperError::new)?;
        let (Some(held), Some(session)) = (client_session.held(), client_session.session(stays))
        else {
            unreachable!("a client is in no room before its session is its own")
        };
        let is_new = !client_session.is_saved();
        let last_try = Instant::now() + Duration::from_secs(UNKNOWN_SAVE_SECONDS);
        loop {
            let error = match self.keeper.save(held, &session, is_new).await {
                Ok(()) => {
                    client_session.may_be_saved();
                    return Ok(());
                }
                Err(error) => error,
            };
            match &error {
                KeeperError::Failed(_) => return Err(error),
                KeeperError::Superseded => viewer.close(CloseReason::Replaced),
                KeeperError::Unknown(_) => {
                    client_session.may_be_saved();
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

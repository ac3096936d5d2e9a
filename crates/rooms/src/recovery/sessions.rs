//! The sessions of this node's clients: which connection has which, and how they are saved.
//!
//! Invariant: if it cannot be known what is kept of a session, its connection is closed; its client
//! connects again, and then reads what is kept.

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

/// The most sessions that are being saved at one time; the next ones wait for their turn.
const SAVES_MAX: usize = 1_024;

/// How long to ask whether a session was saved, before its client is disconnected: it connects
/// again, and then reads what is kept.
const UNKNOWN_SAVE_SECONDS: u64 = 10;

/// Between two such questions.
const UNKNOWN_SAVE_PAUSE: Duration = Duration::from_millis(100);

/// The sessions of this node's clients.
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

    /// The counts since the start.
    pub fn stats(&self) -> RecoveryStats {
        let waiting = self.book.lock().waiting();
        self.counters.stats(waiting)
    }

    /// The connection is over; the client's window begins, unless it is recovered already.
    pub fn left(&self, client_session: &Arc<ClientSession>) {
        let mut book = self.book.lock();
        if book.unbook(client_session) {
            book.wait_for(&self.config, Arc::clone(client_session));
        }
    }

    /// The client has left for good. Returns what has to be [forgotten](Self::forget), if a session
    /// was kept.
    #[must_use]
    pub fn leaves_for_good(&self, client_session: &ClientSession) -> Option<Held> {
        let was_live = self.book.lock().unbook(client_session);
        if was_live { client_session.saved() } else { None }
    }

    /// The session cannot be saved: its client begins anew when it connects again.
    pub(super) fn give_up(&self, client_session: &ClientSession) {
        tracing::warn!("a session cannot be kept; its client will begin anew");
        count(&self.counters.given_up);
        client_session.given_up.store(true, Ordering::Release);
        self.book.lock().unbook(client_session);
    }

    /// Saves the rooms that a client is about to be in. If it cannot be known whether they are
    /// saved, or another connection has the session, the viewer is closed: its client connects
    /// again.
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
                    client_session.note_saved();
                    return Ok(());
                }
                Err(error) => error,
            };
            match &error {
                KeeperError::Failed(_) => return Err(error),
                KeeperError::Superseded => viewer.close(CloseReason::Replaced),
                KeeperError::Unknown(_) => {
                    client_session.note_saved();
                    // The answer to the client must match what is kept: so this asks again until
                    // that is known, and gives the client nothing meanwhile.
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

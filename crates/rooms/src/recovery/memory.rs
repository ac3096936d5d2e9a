//! Sessions kept in memory, for one node: they outlive a connection, not the process.
//!
//! Where rooms have no history of their own, the rooms of a kept session are kept too, so that
//! their logs still have the events that its client missed.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::keeper::{Keeper, KeeperError, KeeperTime};
use super::session::{Generation, Held, SavedSession, SessionKey};
use crate::engine::hub::Hub;
use crate::subscribing::recover::KeptRoom;

/// A [`Keeper`] for a server whose rooms live as long as the server.
pub struct MemoryKeeper {
    hub: Hub,
    begun: Instant,
    sessions: Mutex<HashMap<SessionKey, Kept>>,
}

struct Kept {
    generation: Generation,
    session: SavedSession,
    left_at: Option<KeeperTime>,
    _rooms: Vec<KeptRoom>,
}

impl MemoryKeeper {
    /// Keeps the sessions of a server on this hub.
    pub fn new(hub: Hub) -> Self {
        Self { hub, begun: Instant::now(), sessions: Mutex::default() }
    }

    /// Everything that is kept.
    pub fn sessions(&self) -> Vec<SavedSession> {
        self.sessions.lock().values().map(|kept| kept.session.clone()).collect()
    }

    fn now(&self) -> KeeperTime {
        KeeperTime(i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    /// Changes those sessions that this generation has.
    fn change(&self, held: &[Held], mut change: impl FnMut(&mut Kept)) {
        let mut sessions = self.sessions.lock();
        for held in held {
            if let Some(kept) = sessions.get_mut(&held.key)
                && kept.generation == held.generation
            {
                change(kept);
            }
        }
    }

    fn remove(&self, is_over: impl Fn(&SessionKey, &Kept) -> bool) {
        let mut gone = Vec::new();
        self.sessions.lock().retain(|key, kept| {
            let is_over = is_over(key, kept);
            gone.extend(is_over.then(|| std::mem::take(&mut kept._rooms)));
            !is_over
        });
        // Outside of the lock: dropping a room's last keeper closes the room.
        drop(gone);
    }
}

#[async_trait]
impl Keeper for MemoryKeeper {
    async fn save(
        &self,
        held: Held,
        session: &SavedSession,
        is_new: bool,
    ) -> Result<(), KeeperError> {
        let mut rooms = Vec::new();
        if !self.hub.has_history() {
            for stay in &session.stays {
                rooms.push(self.hub.keep(&stay.room).await.map_err(KeeperError::new)?);
            }
        }
        let Held { key, generation } = held;
        let kept = Kept { generation, session: session.clone(), left_at: None, _rooms: rooms };
        let before = {
            let mut sessions = self.sessions.lock();
            let is_ones_own =
                sessions.get(&key).map_or(is_new, |kept| kept.generation == generation);
            if !is_ones_own {
                return Err(KeeperError::Superseded);
            }
            sessions.insert(key, kept)
        };
        drop(before);
        Ok(())
    }

    async fn find(
        &self,
        key: SessionKey,
    ) -> Result<Option<(Generation, SavedSession)>, KeeperError> {
        let sessions = self.sessions.lock();
        Ok(sessions.get(&key).map(|kept| (kept.generation, kept.session.clone())))
    }

    async fn claim(&self, found: Held) -> Result<Option<SavedSession>, KeeperError> {
        let mut claimed = None;
        self.change(&[found], |kept| {
            kept.generation = found.generation.next();
            kept.left_at = None;
            claimed = Some(kept.session.clone());
        });
        Ok(claimed)
    }

    async fn leave(&self, left: &[Held]) -> Result<(), KeeperError> {
        let now = self.now();
        self.change(left, |kept| kept.left_at = Some(now));
        Ok(())
    }

    async fn forget(&self, held: &[Held]) -> Result<(), KeeperError> {
        self.remove(|key, kept| {
            held.iter().any(|held| held.key == *key && held.generation == kept.generation)
        });
        Ok(())
    }

    async fn renew(&self, _: Duration) -> Result<KeeperTime, KeeperError> {
        Ok(self.now())
    }

    async fn sweep(&self, left_before: KeeperTime) -> Result<bool, KeeperError> {
        self.remove(|_, kept| kept.left_at.is_some_and(|left_at| left_at < left_before));
        Ok(false)
    }
}

impl fmt::Debug for MemoryKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryKeeper").finish_non_exhaustive()
    }
}

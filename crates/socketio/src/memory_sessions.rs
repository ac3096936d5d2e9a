//! Sessions kept in memory: they outlive a connection, not the process.
//!
//! Where rooms have no history of their own, the rooms of a kept session are kept too, so that their
//! logs still know what its client has missed.

use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use parking_lot::Mutex;
use rooms::{Hub, KeptRoom};

use crate::session_keeper::{KeeperError, SavedSession, SessionKeeper, SessionKey};

/// A [`SessionKeeper`] for a server whose rooms live as long as it does.
pub struct MemorySessions {
    hub: Hub,
    sessions: Mutex<HashMap<SessionKey, Kept>>,
}

struct Kept {
    session: SavedSession,
    _rooms: Vec<KeptRoom>,
}

impl MemorySessions {
    /// Keeps the sessions of a server on this hub.
    pub fn new(hub: Hub) -> Self {
        Self { hub, sessions: Mutex::default() }
    }
}

#[async_trait]
impl SessionKeeper for MemorySessions {
    async fn save(&self, key: SessionKey, session: &SavedSession) -> Result<(), KeeperError> {
        let mut rooms = Vec::new();
        if !self.hub.has_history() {
            for stay in &session.stays {
                rooms.push(self.hub.keep(&stay.room).await.map_err(KeeperError::new)?);
            }
        }
        let kept = Kept { session: session.clone(), _rooms: rooms };
        let before = self.sessions.lock().insert(key, kept);
        // Outside of the lock: the last one to keep a room closes it.
        drop(before);
        Ok(())
    }

    async fn find(&self, key: SessionKey) -> Result<Option<SavedSession>, KeeperError> {
        Ok(self.sessions.lock().get(&key).map(|kept| kept.session.clone()))
    }

    async fn forget(&self, keys: &[SessionKey]) -> Result<(), KeeperError> {
        let forgotten: Vec<_> = {
            let mut sessions = self.sessions.lock();
            keys.iter().filter_map(|key| sessions.remove(key)).collect()
        };
        drop(forgotten);
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<SessionKey>, KeeperError> {
        Ok(self.sessions.lock().keys().copied().collect())
    }
}

impl fmt::Debug for MemorySessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySessions").finish_non_exhaustive()
    }
}

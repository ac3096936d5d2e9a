//! A keeper in memory that has what a real one has: a disk that can be full, and other nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rooms::Hub;
use rooms::recovery::{
    Generation, Held, Keeper, KeeperError, KeeperTime, MemoryKeeper, SavedSession, SessionKey,
};

pub(super) struct Filling {
    pub(super) sessions: MemoryKeeper,
    is_full: Arc<AtomicBool>,
    /// So many claims come too late: somebody else takes the session over just before.
    pub(super) late_claims: AtomicUsize,
}

impl Filling {
    pub(super) fn on(hub: &Hub, is_full: &Arc<AtomicBool>) -> Arc<Self> {
        let sessions = MemoryKeeper::new(hub.clone());
        Arc::new(Self { sessions, is_full: Arc::clone(is_full), late_claims: AtomicUsize::new(0) })
    }

    fn writes(&self) -> Result<(), KeeperError> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(KeeperError::new("the disk is full"));
        }
        Ok(())
    }
}

#[async_trait]
impl Keeper for Filling {
    async fn save(
        &self,
        held: Held,
        session: &SavedSession,
        is_new: bool,
    ) -> Result<(), KeeperError> {
        self.writes()?;
        self.sessions.save(held, session, is_new).await
    }

    async fn find(
        &self,
        key: SessionKey,
    ) -> Result<Option<(Generation, SavedSession)>, KeeperError> {
        self.sessions.find(key).await
    }

    async fn claim(&self, found: Held) -> Result<Option<SavedSession>, KeeperError> {
        let late = self.late_claims.load(Ordering::Relaxed);
        if late > 0 {
            self.late_claims.store(late - 1, Ordering::Relaxed);
            assert!(self.sessions.claim(found).await?.is_some(), "the other one has it");
        }
        self.sessions.claim(found).await
    }

    async fn leave(&self, left: &[Held]) -> Result<(), KeeperError> {
        self.writes()?;
        self.sessions.leave(left).await
    }

    async fn forget(&self, held: &[Held]) -> Result<(), KeeperError> {
        self.writes()?;
        self.sessions.forget(held).await
    }

    async fn renew(&self, lease: Duration) -> Result<KeeperTime, KeeperError> {
        self.writes()?;
        self.sessions.renew(lease).await
    }

    async fn sweep(&self, left_before: KeeperTime) -> Result<bool, KeeperError> {
        self.sessions.sweep(left_before).await
    }
}

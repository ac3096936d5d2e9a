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
    /// This many claims come too late: another connection takes the session over just before.
    pub(super) late_claims: AtomicUsize,
    /// This many saves are not answered; every second one is still done.
    pub(super) unknown_saves: AtomicUsize,
}

impl Filling {
    pub(super) fn on(hub: &Hub, is_full: &Arc<AtomicBool>) -> Arc<Self> {
        Arc::new(Self {
            sessions: MemoryKeeper::new(hub.clone()),
            is_full: Arc::clone(is_full),
            late_claims: AtomicUsize::new(0),
            unknown_saves: AtomicUsize::new(0),
        })
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
        let unknown = self.unknown_saves.load(Ordering::Relaxed);
        if unknown == 0 {
            return self.sessions.save(held, session, is_new).await;
        }
        self.unknown_saves.store(unknown - 1, Ordering::Relaxed);
        if unknown.is_multiple_of(2) {
            self.sessions.save(held, session, is_new).await?;
        }
        Err(KeeperError::unknown("the connection was lost in the middle of the commit"))
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

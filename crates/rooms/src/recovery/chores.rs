//! Periodic work: sessions whose time is over are forgotten, and the keeper learns which clients
//! left, and that this node lives.
//!
//! Invariant: a session that another node may have meanwhile is never forgotten here. A session
//! whose client left this node ends by this node's clock and generation; every other one only after
//! a whole window of [`Contact`].

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::config::RecoveryConfig;
use super::keeper::{Keeper, KeeperError, KeeperTime};
use super::lease::RENEWALS_IN_LEASE;
use super::session::Held;
use super::sessions::Recovery;
use crate::engine::hub::Hub;

/// The most sessions that are reported, or forgotten, in one call.
const TOLD_AT_ONCE_MAX: usize = 256;

/// How often sessions whose time is over are searched, and left ones reported to the keeper.
const LOOK_PERIOD: Duration = Duration::from_secs(1);

/// How many times a sweep goes on at once, because there is more. The rest waits for the next
/// renewal.
const SWEEPS_MAX: usize = 64;

impl Recovery {
    /// For the viewers of this hub. Tasks of its own do the periodic work; they end with the last
    /// handle.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(hub: Hub, config: RecoveryConfig, keeper: Arc<dyn Keeper>) -> Arc<Self> {
        let recovery = Arc::new(Self::new(hub, config, keeper));
        tokio::spawn(look(Arc::downgrade(&recovery)));
        let (every, begun) = (recovery.config.renewed_every(), Instant::now());
        tokio::spawn(keep_lease(Arc::downgrade(&recovery), every, begun));
        recovery
    }

    /// Tells the keeper that this node lives. To be called before the first client arrives: the
    /// sessions of an unknown node cannot be kept.
    pub async fn renew(&self) -> Result<(), KeeperError> {
        let mut lease = self.lease.lock().await;
        if lease.is_over {
            return Ok(());
        }
        self.keeper.renew(self.config.renewed_every() * RENEWALS_IN_LEASE).await?;
        lease.contact.failed();
        Ok(())
    }

    /// This node takes no more clients: those that are still here count as left now.
    pub async fn end(&self) -> Result<(), KeeperError> {
        let mut lease = self.lease.lock().await;
        lease.is_over = true;
        self.keeper.renew(Duration::ZERO).await.map(drop)
    }

    /// Forgets sessions. What cannot be forgotten now counts as left, and is swept later.
    pub async fn forget(&self, held: &[Held]) {
        for held in held.chunks(TOLD_AT_ONCE_MAX) {
            if let Err(error) = self.keeper.forget(held).await {
                tracing::warn!(%error, "sessions could not be forgotten");
                self.book.lock().note_left(held, self.config.waiting_max);
            }
        }
    }

    /// Reports to the keeper which sessions were left.
    async fn tell_left(&self) {
        let left = self.book.lock().take_left();
        for left in left.chunks(TOLD_AT_ONCE_MAX) {
            if let Err(error) = self.keeper.leave(left).await {
                tracing::debug!(%error, "it could not be written down who left");
                self.book.lock().note_left(left, self.config.waiting_max);
            }
        }
    }

    async fn renew_and_sweep(&self, begun: Instant) {
        let mut lease = self.lease.lock().await;
        if lease.is_over {
            return;
        }
        let (every, at) = (self.config.renewed_every(), begun.elapsed());
        match self.keeper.renew(every * RENEWALS_IN_LEASE).await {
            Ok(now) => lease.contact.renewed(at, now, every * 2),
            Err(error) => {
                tracing::warn!(%error, "this node's lease could not be renewed");
                lease.contact.failed();
                return;
            }
        }
        if let Some(left_before) = lease.contact.left_before(self.config.window)
            && let Err(error) = self.sweep(left_before).await
        {
            tracing::warn!(%error, "sessions could not be swept");
            lease.contact.failed();
        }
    }

    async fn sweep(&self, left_before: KeeperTime) -> Result<(), KeeperError> {
        for _ in 0..SWEEPS_MAX {
            if !self.keeper.sweep(left_before).await? {
                break;
            }
        }
        Ok(())
    }
}

async fn look(recovery: Weak<Recovery>) {
    loop {
        sleep(LOOK_PERIOD).await;
        let Some(recovery) = recovery.upgrade() else { return };
        recovery.tell_left().await;
        let overdue =
            recovery.book.lock().take_overdue(Instant::now(), recovery.config.waiting_max);
        recovery.forget(&overdue).await;
    }
}

/// A task of its own: other slow work must not cost the lease.
async fn keep_lease(recovery: Weak<Recovery>, every: Duration, begun: Instant) {
    let mut rounds = interval(every);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        let Some(recovery) = recovery.upgrade() else { return };
        recovery.renew_and_sweep(begun).await;
    }
}

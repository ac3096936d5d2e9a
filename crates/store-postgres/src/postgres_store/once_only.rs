//! [`OnceOnly`]: outside the clock, by the database's clock.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use store::{Letter, NodeId, OnceOnly, Work};
use uuid::Uuid;

use super::viewer_sessions::done;
use super::{PostgresStore, Query};
use crate::table::{outbox, work_claim};

#[async_trait]
impl OnceOnly for PostgresStore {
    async fn claim_work(
        &self,
        node: NodeId,
        (work, mut pieces): (Work, Vec<Uuid>),
        claimed_for: Duration,
        _: Timestamp,
    ) -> Query<Vec<Uuid>> {
        // In one order, each once: so two nodes that insert the same pieces cannot deadlock.
        pieces.sort_unstable();
        pieces.dedup();
        let aside = self.asides.aside().await?;
        let claimed = async {
            let claimed = work_claim::claim(aside.db(), node, (work, &pieces), claimed_for).await?;
            work_claim::forget(aside.db()).await?;
            Ok(claimed)
        };
        let claimed = claimed.await;
        done(aside, claimed).await
    }

    async fn claim_letters(
        &self,
        letters_max: usize,
        claimed_for: Duration,
        now: Timestamp,
    ) -> Query<Vec<Letter>> {
        let aside = self.asides.aside().await?;
        let now = self.time_of(now);
        let claimed = outbox::claim(aside.db(), letters_max, claimed_for, now).await;
        done(aside, claimed).await
    }
}

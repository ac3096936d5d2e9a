//! [`OnceOnly`]: outside the clock, by the database's clock.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use store::{NodeId, OnceOnly, Work};
use uuid::Uuid;

use super::viewer_sessions::done;
use super::{PostgresStore, Query};
use crate::table::work_claim;

#[async_trait]
impl OnceOnly for PostgresStore {
    async fn claim_work(
        &self,
        node: NodeId,
        (work, mut pieces): (Work, Vec<Uuid>),
        claimed_for: Duration,
        _: Timestamp,
    ) -> Query<Vec<Uuid>> {
        // In one order, each once: two who insert the same pieces wait for each other, never in turn.
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
}

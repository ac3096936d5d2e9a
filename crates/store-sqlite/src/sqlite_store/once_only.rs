//! [`OnceOnly`]: one process has the file, so its claims are in its memory and end with it.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use store::{NodeId, OnceOnly, Work};
use uuid::Uuid;

use super::{Query, SqliteStore};

#[async_trait]
impl OnceOnly for SqliteStore {
    async fn claim_work(
        &self,
        node: NodeId,
        pieces: (Work, Vec<Uuid>),
        claimed_for: Duration,
        now: Timestamp,
    ) -> Query<Vec<Uuid>> {
        Ok(self.claims.lock().claim(node, pieces, claimed_for, now))
    }
}

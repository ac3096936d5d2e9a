//! [`OnceOnly`]: one process has the file, so its claims of work are in its memory and end with it.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use store::{CommandError, Letter, NodeId, OnceOnly, Work};
use uuid::Uuid;

use super::{Query, SqliteStore};
use crate::inside::Inside;
use crate::table::outbox;

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

    /// These are in the file: a letter that was sent must be known as such by the next process.
    async fn claim_letters(
        &self,
        letters_max: usize,
        claimed_for: Duration,
        now: Timestamp,
    ) -> Query<Vec<Letter>> {
        let until = now.checked_add(claimed_for).unwrap_or(Timestamp::MAX);
        let claim = move |inside: &mut Inside<'_>| {
            outbox::claim(inside.connection, until, letters_max, now)
        };
        self.writer.command(claim).await.map_err(CommandError::of_no_decision)
    }
}

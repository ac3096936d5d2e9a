//! [`ViewerSessions`]: outside the clock, on connections of their own, by the database's clock.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use store::{
    CommandError, HeldSession, KeptSession, NodeId, SaveError, SessionKey, ViewerSessions,
};

use super::{Command, PostgresStore, Query};
use crate::fault::Result as Inner;
use crate::reads::{Aside, read};
use crate::table::viewer_session::Saved;
use crate::table::{viewer_node, viewer_session};

pub(super) async fn done<T>(aside: Aside, written: Inner<T>) -> Query<T> {
    aside.done(written).await.map_err(CommandError::of_no_decision)
}

/// In the order of keys, each once.
fn in_order(mut held: Vec<HeldSession>) -> Vec<HeldSession> {
    held.sort_unstable_by_key(|held| (held.key, std::cmp::Reverse(held.generation)));
    held.dedup_by_key(|held| held.key);
    held
}

#[async_trait]
impl ViewerSessions for PostgresStore {
    async fn renew_viewer_node(
        &self,
        node: NodeId,
        lease: Duration,
        _: Timestamp,
    ) -> Query<Timestamp> {
        let aside = self.asides.aside().await?;
        let renewed = viewer_node::renew(aside.db(), node, lease).await;
        done(aside, renewed).await
    }

    async fn save_viewer_session(
        &self,
        node: NodeId,
        held: HeldSession,
        data: Vec<u8>,
        is_new: bool,
    ) -> Result<(), SaveError> {
        self.sessions.save(node, Saved { held, data }, is_new).await
    }

    async fn viewer_session(&self, key: SessionKey) -> Query<Option<KeptSession>> {
        read!(self.readers, |db| viewer_session::by_key(db, &key).await)
    }

    async fn claim_viewer_session(
        &self,
        node: NodeId,
        from: HeldSession,
    ) -> Query<Option<Vec<u8>>> {
        self.sessions.claim(node, from).await
    }

    async fn leave_viewer_sessions(&self, left: Vec<HeldSession>, _: Timestamp) -> Command<()> {
        let aside = self.aside().await?;
        let told = viewer_session::leave(aside.db(), &in_order(left)).await;
        aside.done(told).await
    }

    async fn forget_viewer_sessions(&self, held: Vec<HeldSession>) -> Command<()> {
        let aside = self.aside().await?;
        let forgotten = viewer_session::delete(aside.db(), &in_order(held)).await;
        aside.done(forgotten).await
    }

    async fn sweep_viewer_sessions(&self, left_before: Timestamp) -> Query<usize> {
        let aside = self.asides.aside().await?;
        let swept = async {
            let swept = viewer_session::sweep(aside.db(), left_before).await?;
            viewer_node::sweep(aside.db(), left_before).await?;
            Ok(swept)
        };
        let swept = swept.await;
        done(aside, swept).await
    }
}

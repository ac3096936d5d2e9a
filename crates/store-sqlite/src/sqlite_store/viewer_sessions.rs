//! [`ViewerSessions`], written in a lane of their own. There is one node at a time, and its clock
//! is the database's.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use store::{
    CommandError, HeldSession, KeptSession, NodeId, SaveError, SessionKey, ViewerSessions,
};

use super::{Command, Query, SqliteStore};
use crate::fault::Result as Inner;
use crate::inside::Inside;
use crate::table::{viewer_node, viewer_session};

impl SqliteStore {
    async fn session<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Inside<'_>) -> Inner<T> + Send + 'static,
    ) -> Query<T> {
        self.writer.session(work).await.map_err(CommandError::of_no_decision)
    }
}

#[async_trait]
impl ViewerSessions for SqliteStore {
    async fn renew_viewer_node(
        &self,
        node: NodeId,
        lease: Duration,
        now: Timestamp,
    ) -> Query<Timestamp> {
        self.session(move |inside| viewer_node::renew(inside.connection, node, lease, now)).await?;
        Ok(now)
    }

    async fn save_viewer_session(
        &self,
        node: NodeId,
        held: HeldSession,
        data: Vec<u8>,
        is_new: bool,
    ) -> Result<(), SaveError> {
        let saved = self.session(move |inside| {
            viewer_session::save(inside.connection, node, held, &data, is_new)
        });
        if saved.await? { Ok(()) } else { Err(SaveError::Superseded) }
    }

    async fn viewer_session(&self, key: SessionKey) -> Query<Option<KeptSession>> {
        self.readers.query(move |db| viewer_session::by_key(db, &key)).await
    }

    async fn claim_viewer_session(
        &self,
        node: NodeId,
        from: HeldSession,
    ) -> Query<Option<Vec<u8>>> {
        self.session(move |inside| viewer_session::claim(inside.connection, node, from)).await
    }

    async fn leave_viewer_sessions(&self, left: Vec<HeldSession>, now: Timestamp) -> Command<()> {
        let leave =
            move |inside: &mut Inside<'_>| viewer_session::leave(inside.connection, &left, now);
        self.writer.session(leave).await
    }

    async fn forget_viewer_sessions(&self, held: Vec<HeldSession>) -> Command<()> {
        self.writer.session(move |inside| viewer_session::delete(inside.connection, &held)).await
    }

    async fn sweep_viewer_sessions(&self, left_before: Timestamp) -> Query<usize> {
        let sweep = move |inside: &mut Inside<'_>| {
            let swept = viewer_session::sweep(inside.connection, left_before)?;
            viewer_node::sweep(inside.connection, left_before)?;
            Ok(swept)
        };
        self.session(sweep).await
    }
}

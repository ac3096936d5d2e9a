//! [`ViewerSessions`], written in a lane of their own.

use async_trait::async_trait;
use store::{SessionKey, ViewerSessions};

use super::{Command, Query, SqliteStore};
use crate::table::viewer_session;

#[async_trait]
impl ViewerSessions for SqliteStore {
    async fn save_viewer_session(&self, key: SessionKey, data: Vec<u8>) -> Command<()> {
        self.writer
            .session(move |inside| viewer_session::save(inside.connection, &key, &data))
            .await
    }

    async fn viewer_session(&self, key: SessionKey) -> Query<Option<Vec<u8>>> {
        self.readers.query(move |db| viewer_session::by_key(db, &key)).await
    }

    async fn viewer_session_keys(&self) -> Query<Vec<SessionKey>> {
        self.readers.query(|db| viewer_session::keys(db)).await
    }

    async fn forget_viewer_sessions(&self, keys: Vec<SessionKey>) -> Command<()> {
        self.writer.session(move |inside| viewer_session::delete(inside.connection, &keys)).await
    }
}

//! [`ViewerSessions`]: outside the clock, on connections of their own.

use async_trait::async_trait;
use store::{SessionKey, ViewerSessions};

use super::{Command, PostgresStore, Query};
use crate::table::viewer_session;

#[async_trait]
impl ViewerSessions for PostgresStore {
    async fn save_viewer_session(&self, key: SessionKey, data: Vec<u8>) -> Command<()> {
        let aside = self.aside().await?;
        let saved = viewer_session::save(aside.db(), &key, &data).await;
        aside.done(saved).await
    }

    async fn viewer_session(&self, key: SessionKey) -> Query<Option<Vec<u8>>> {
        let moment = self.moment().await?;
        let found = viewer_session::by_key(moment.db(), &key).await;
        moment.done(found)
    }

    async fn viewer_session_keys(&self) -> Query<Vec<SessionKey>> {
        let moment = self.moment().await?;
        let found = viewer_session::keys(moment.db()).await;
        moment.done(found)
    }

    async fn forget_viewer_sessions(&self, keys: Vec<SessionKey>) -> Command<()> {
        let aside = self.aside().await?;
        let forgotten = viewer_session::delete(aside.db(), &keys).await;
        aside.done(forgotten).await
    }
}

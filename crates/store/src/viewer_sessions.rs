//! The part of the port for viewers that may come back. What is kept of them is not its business.

use async_trait::async_trait;

use crate::{Command, Query, SessionKey};

/// Sessions of viewers.
#[async_trait]
pub trait ViewerSessions: Send + Sync + 'static {
    /// Keeps a session in place of what was kept under this key.
    async fn save_viewer_session(&self, key: SessionKey, data: Vec<u8>) -> Command<()>;
    /// What was kept under this key.
    async fn viewer_session(&self, key: SessionKey) -> Query<Option<Vec<u8>>>;
    /// All that are kept.
    async fn viewer_session_keys(&self) -> Query<Vec<SessionKey>>;
    /// Unknown keys are passed over.
    async fn forget_viewer_sessions(&self, keys: Vec<SessionKey>) -> Command<()>;
}

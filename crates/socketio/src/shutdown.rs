//! The end of a server: its sessions end one after the other, then its tasks.

use std::sync::Arc;
use std::time::Duration;

use rooms::CloseReason;

use crate::session::Session;
use crate::shared::Shared;
use crate::spread;
use crate::websocket::CloseCode;

impl Shared<Session> {
    /// Takes no new sessions, closes all, evenly over this time, and waits for them as long as is
    /// allowed.
    pub(crate) async fn shutdown(&self, over: Duration) {
        let sessions = self.stop();
        let goodbye = |session: &Arc<Session>| {
            let code = CloseCode::GoingAway;
            session.say_goodbye(code, code.meaning(), CloseReason::Shutdown);
        };
        spread::evenly(&sessions, over, goodbye).await;
        self.tasks.close();
        let patience = self.config.shutdown_timeout;
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            for session in sessions {
                session.close(CloseReason::Shutdown);
            }
        }
        if let Some(recovery) = &self.recovery
            && let Err(error) = recovery.end().await
        {
            tracing::debug!(%error, "the end of this node could not be written down");
        }
    }
}

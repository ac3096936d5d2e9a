//! Sessions of viewers that may recover, kept in the store for all nodes: they outlive the process.
//!
//! It only translates between the two ports; what is kept is [`SavedSession`]'s own bytes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rooms::recovery::{
    Generation, Held, Keeper, KeeperError, KeeperTime, SavedSession, SessionKey,
};
use store::{HeldSession, KeptSession, NodeId, SaveError, ViewerSessions};

pub(crate) struct KeptSessions {
    store: Arc<dyn ViewerSessions>,
    /// The id of this start of this process.
    node: NodeId,
    source: booking::Source,
}

impl KeptSessions {
    pub(crate) fn new(
        store: Arc<dyn ViewerSessions>,
        node: NodeId,
        source: booking::Source,
    ) -> Self {
        Self { store, node, source }
    }
}

fn stored(held: &Held) -> HeldSession {
    HeldSession { key: store::SessionKey(held.key.0), generation: held.generation.0 }
}

fn all_stored(held: &[Held]) -> Vec<HeldSession> {
    held.iter().map(stored).collect()
}

#[async_trait]
impl Keeper for KeptSessions {
    async fn save(
        &self,
        held: Held,
        session: &SavedSession,
        is_new: bool,
    ) -> Result<(), KeeperError> {
        let data = session.to_bytes();
        let saved = self.store.save_viewer_session(self.node, stored(&held), data, is_new).await;
        saved.map_err(|error| match error {
            SaveError::Superseded => KeeperError::Superseded,
            SaveError::Unknown(error) => KeeperError::unknown(error),
            SaveError::Store(error) => KeeperError::new(error),
        })
    }

    async fn find(
        &self,
        key: SessionKey,
    ) -> Result<Option<(Generation, SavedSession)>, KeeperError> {
        let found = self.store.viewer_session(store::SessionKey(key.0)).await;
        let found = found.map_err(KeeperError::new)?;
        Ok(found.and_then(|KeptSession { generation, data }| {
            Some((Generation(generation), SavedSession::from_bytes(&data)?))
        }))
    }

    async fn claim(&self, found: Held) -> Result<Option<SavedSession>, KeeperError> {
        let claimed = self.store.claim_viewer_session(self.node, stored(&found)).await;
        let claimed = claimed.map_err(KeeperError::new)?;
        Ok(claimed.and_then(|data| SavedSession::from_bytes(&data)))
    }

    async fn leave(&self, left: &[Held]) -> Result<(), KeeperError> {
        let now = self.source.now();
        let left = self.store.leave_viewer_sessions(all_stored(left), now).await;
        left.map_err(KeeperError::new)
    }

    async fn forget(&self, held: &[Held]) -> Result<(), KeeperError> {
        self.store.forget_viewer_sessions(all_stored(held)).await.map_err(KeeperError::new)
    }

    async fn renew(&self, lease: Duration) -> Result<KeeperTime, KeeperError> {
        let renewed = self.store.renew_viewer_node(self.node, lease, self.source.now()).await;
        Ok(KeeperTime(renewed.map_err(KeeperError::new)?.as_millisecond()))
    }

    async fn sweep(&self, left_before: KeeperTime) -> Result<bool, KeeperError> {
        let left_before = Timestamp::from_millisecond(left_before.0).map_err(KeeperError::new)?;
        let swept = self.store.sweep_viewer_sessions(left_before).await;
        Ok(swept.map_err(KeeperError::new)? > 0)
    }
}

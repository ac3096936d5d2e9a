//! Sessions of viewers that may come back, kept in the store: they outlive the process.
//!
//! A row is what `socketio` wants to be kept, as JSON. One that cannot be understood (written by
//! another version) is as good as none: its client begins anew.

use std::sync::Arc;

use async_trait::async_trait;
use rooms::Stay;
use serde::{Deserialize, Serialize};
use socketio::{KeeperError, SavedSession, SessionKeeper, SessionKey};
use store::ViewerSessions;

pub(crate) struct KeptSessions(pub(crate) Arc<dyn ViewerSessions>);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionRow {
    sid: String,
    owner: Option<u128>,
    namespace: Box<str>,
    stays: Vec<StayRow>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StayRow {
    room: String,
    ticket: u64,
    start: u64,
    joined_at: u64,
    from_snapshot: bool,
}

impl From<&SavedSession> for SessionRow {
    fn from(session: &SavedSession) -> Self {
        let stays = session.stays.iter().map(|stay| StayRow {
            room: stay.room.to_string(),
            ticket: stay.ticket,
            start: stay.start,
            joined_at: stay.joined_at,
            from_snapshot: stay.from_snapshot,
        });
        Self {
            sid: session.sid.to_string(),
            owner: session.owner,
            namespace: session.namespace.clone(),
            stays: stays.collect(),
        }
    }
}

impl SessionRow {
    fn session(self) -> Option<SavedSession> {
        let stays = self.stays.into_iter().map(|row| Stay {
            room: row.room.into(),
            ticket: row.ticket,
            start: row.start,
            joined_at: row.joined_at,
            from_snapshot: row.from_snapshot,
        });
        Some(SavedSession {
            sid: self.sid.parse().ok()?,
            owner: self.owner,
            namespace: self.namespace,
            stays: stays.collect(),
        })
    }
}

#[async_trait]
impl SessionKeeper for KeptSessions {
    async fn save(&self, key: SessionKey, session: &SavedSession) -> Result<(), KeeperError> {
        let data = serde_json::to_vec(&SessionRow::from(session)).map_err(KeeperError::new)?;
        let key = store::SessionKey(key.0);
        self.0.save_viewer_session(key, data).await.map_err(KeeperError::new)
    }

    async fn find(&self, key: SessionKey) -> Result<Option<SavedSession>, KeeperError> {
        let data = self.0.viewer_session(store::SessionKey(key.0)).await;
        let data = data.map_err(KeeperError::new)?;
        let row = data.and_then(|data| serde_json::from_slice::<SessionRow>(&data).ok());
        Ok(row.and_then(SessionRow::session))
    }

    async fn forget(&self, keys: &[SessionKey]) -> Result<(), KeeperError> {
        let keys = keys.iter().map(|key| store::SessionKey(key.0)).collect();
        self.0.forget_viewer_sessions(keys).await.map_err(KeeperError::new)
    }

    async fn keys(&self) -> Result<Vec<SessionKey>, KeeperError> {
        let keys = self.0.viewer_session_keys().await.map_err(KeeperError::new)?;
        Ok(keys.into_iter().map(|key| SessionKey(key.0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use socketio::Sid;

    #[test]
    fn a_session_comes_back_as_it_was_written() {
        let stay = Stay {
            room: "route:1".into(),
            ticket: u64::MAX,
            start: 7,
            joined_at: 9,
            from_snapshot: true,
        };
        let session = SavedSession {
            sid: Sid::random().unwrap(),
            owner: Some(u128::MAX),
            namespace: "/seats".into(),
            stays: vec![stay],
        };
        let text = serde_json::to_vec(&SessionRow::from(&session)).unwrap();
        let row: SessionRow = serde_json::from_slice(&text).unwrap();
        assert_eq!(row.session(), Some(session));
    }
}

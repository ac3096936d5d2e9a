//! The engine's way back to what the store keeps.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Seq;
use rooms::{Event, History, HistoryError};
use store::Store;

use super::seat_update::{event, route_of};

pub(crate) struct StoredHistory(pub(crate) Arc<dyn Store>);

#[async_trait]
impl History for StoredHistory {
    async fn head(&self, room: &str) -> Result<Option<u64>, HistoryError> {
        let Some(route_id) = route_of(room) else { return Ok(None) };
        let head = self.0.head(route_id).await.map_err(HistoryError::new)?;
        Ok(head.map(Seq::get))
    }

    async fn read(
        &self,
        room: &str,
        after_seq: u64,
        limit: usize,
    ) -> Result<Vec<Event>, HistoryError> {
        let Some(route_id) = route_of(room) else { return Ok(Vec::new()) };
        let events = self.0.events(route_id, Seq::new(after_seq), limit).await;
        Ok(events.map_err(HistoryError::new)?.into_iter().map(event).collect())
    }

    async fn seq_at(&self, room: &str, position: u64) -> Result<Option<u64>, HistoryError> {
        let Some(route_id) = route_of(room) else { return Ok(None) };
        let seq = self.0.seq_at(route_id, position).await.map_err(HistoryError::new)?;
        Ok(seq.map(Seq::get))
    }
}

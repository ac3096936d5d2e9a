//! Gives the engine access to the history that the store keeps.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Ordinal;
use rooms::{Event, History, HistoryError, Place};
use store::{Inventory, PlaceBy};

use super::room_name::route_of;
use super::route_event::{event, place};

pub(crate) struct StoredHistory(pub(crate) Arc<dyn Inventory>);

#[async_trait]
impl History for StoredHistory {
    async fn head(&self, room: &str) -> Result<Option<Place>, HistoryError> {
        let Some(route_id) = route_of(room) else { return Ok(None) };
        let head = self.0.head(route_id).await.map_err(HistoryError::new)?;
        Ok(head.map(place))
    }

    async fn read(&self, room: &str, after: u64, limit: usize) -> Result<Vec<Event>, HistoryError> {
        let Some(route_id) = route_of(room) else { return Ok(Vec::new()) };
        let events = self.0.events(route_id, Ordinal::new(after), limit).await;
        Ok(events.map_err(HistoryError::new)?.into_iter().map(event).collect())
    }

    async fn place_at(&self, room: &str, position: u64) -> Result<Option<Place>, HistoryError> {
        self.find(room, PlaceBy::Position(position)).await
    }

    async fn place(&self, room: &str, ordinal: u64) -> Result<Option<Place>, HistoryError> {
        self.find(room, PlaceBy::Ordinal(Ordinal::new(ordinal))).await
    }
}

impl StoredHistory {
    async fn find(&self, room: &str, by: PlaceBy) -> Result<Option<Place>, HistoryError> {
        let Some(route_id) = route_of(room) else { return Ok(None) };
        let found = self.0.place(route_id, by).await.map_err(HistoryError::new)?;
        Ok(found.map(place))
    }
}

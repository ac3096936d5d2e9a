//! A room that stays open while it is decided where a viewer starts in it.

use crate::engine::hub::Hub;
use crate::engine::pin::Pin;
use crate::values::join_error::JoinError;
use crate::values::place::Place;

/// A room whose head is known. It lasts until this is dropped, so that a viewer that joins it
/// meanwhile does not ask for the head again.
#[derive(Debug)]
pub struct OpenRoom(Pin);

impl Hub {
    /// Opens a room. All that open or join it at about the same moment share one read of its head.
    pub async fn open(&self, room: &str) -> Result<OpenRoom, JoinError> {
        Pin::open(&self.rooms, room).await.map(OpenRoom)
    }
}

impl OpenRoom {
    /// The place behind the last event in the room's log; `None` while known events are missing
    /// before it.
    pub fn head(&self) -> Option<Place> {
        let log = self.0.room.log.lock();
        (!log.has_hole()).then(|| log.head())
    }
}

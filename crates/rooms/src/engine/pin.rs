//! A pin: keeps a room while a viewer is joining it.

use std::sync::Arc;

use crate::engine::read_back;
use crate::engine::repair;
use crate::engine::room::Room;
use crate::engine::rooms::Rooms;
use crate::engine::viewer::Viewer;
use crate::log::shared_log::Opening;
use crate::values::join_error::JoinError;

/// A longer name cannot be the name of a room.
const ROOM_NAME_BYTES_MAX: usize = 256;

pub(crate) struct Pin {
    rooms: Arc<Rooms<Viewer>>,
    pub(crate) room: Arc<Room<Viewer>>,
}

impl Pin {
    /// The room, once its head is known.
    pub(crate) async fn open(rooms: &Arc<Rooms<Viewer>>, name: &str) -> Result<Self, JoinError> {
        if name.len() > ROOM_NAME_BYTES_MAX {
            return Err(JoinError::UnknownRoom);
        }
        let pin = Self { rooms: Arc::clone(rooms), room: rooms.pin(name) };
        match read_back::opening(&rooms.services, &pin.room.log).await {
            // A slow viewer may still be on the way to its end.
            Opening::Open if pin.room.log.lock().has_ended() => Err(JoinError::UnknownRoom),
            Opening::Open => {
                repair::start_if_needed(rooms, &pin.room);
                Ok(pin)
            }
            Opening::Unknown => Err(JoinError::UnknownRoom),
            Opening::Failed(error) => Err(error.into()),
        }
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pin({})", self.room.log.name)
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.rooms.unpin(&self.room);
    }
}

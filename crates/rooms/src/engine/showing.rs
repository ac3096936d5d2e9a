//! Showing a glimpse to everybody in a room: one task per room walks from viewer to viewer.
//!
//! At each viewer a glimpse waits behind packets and events until nothing else is left to be written,
//! and a newer one of the same room takes its place there. So it delays and displaces nothing, and a
//! viewer that does not read costs one frame. A room that nobody is in costs a look-up.

use std::sync::Arc;

use crate::engine::hub::Hub;
use crate::engine::room::Room;
use crate::engine::rooms::Rooms;
use crate::engine::viewer::Viewer;
use crate::values::glimpse::{Glimpse, Shown};

impl Hub {
    /// Shows everybody in a room what is newest, without waiting, from any thread. False if nobody is
    /// in the room.
    pub fn show(&self, room: &str, glimpse: Arc<dyn Glimpse>) -> bool {
        let Some(room) = self.rooms.find(room) else { return false };
        if room.begin_showing(Arc::new(Shown::new(glimpse))) {
            self.rooms.services.tasks.spawn(walk(Arc::clone(&self.rooms), room));
        }
        true
    }
}

/// Goes from viewer to viewer, and begins anew as long as something newer has come meanwhile: whoever
/// was passed early gets it too, and nobody at the end waits for ever.
async fn walk(rooms: Arc<Rooms<Viewer>>, room: Arc<Room<Viewer>>) {
    let services = &rooms.services;
    let mut chunk = Vec::new();
    while let Some(shown) = room.next_to_show() {
        let mut at = Some(0);
        while let Some(place) = at {
            at = room.chunk(place, services.limits().pass_chunk_viewers, &mut chunk);
            for viewer in chunk.drain(..) {
                viewer.with(|state, _| state.show(&room.log, &shown));
            }
            tokio::task::yield_now().await;
            if services.tasks.stopping.is_cancelled() {
                return;
            }
        }
    }
}

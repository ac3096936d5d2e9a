//! Shows a glimpse to all viewers of a room: one task per room walks from viewer to viewer.
//!
//! At each viewer a glimpse waits behind packets and events until nothing else is left to write,
//! and a newer one of the same room replaces it there. So it delays and displaces nothing, and a
//! viewer that does not read costs one frame. An empty room costs a look-up.

use std::sync::Arc;

use crate::engine::abandoned::Abandoned;
use crate::engine::hub::Hub;
use crate::engine::room::Room;
use crate::engine::rooms::Rooms;
use crate::engine::viewer::Viewer;
use crate::values::glimpse::{Glimpse, Shown};

impl Hub {
    /// Shows all viewers of a room this glimpse, without waiting, from any thread. False if the
    /// room is empty.
    pub fn show(&self, room: &str, glimpse: Arc<dyn Glimpse>) -> bool {
        let Some(room) = self.rooms.find(room) else { return false };
        if room.begin_showing(Arc::new(Shown::new(glimpse))) {
            self.rooms.services.tasks.spawn(walk(Arc::clone(&self.rooms), room));
        }
        true
    }
}

/// Goes from viewer to viewer, and starts again as long as a newer glimpse has come meanwhile: so
/// the first viewers get it too, and the last ones do not wait for ever.
async fn walk(rooms: Arc<Rooms<Viewer>>, room: Arc<Room<Viewer>>) {
    let services = &rooms.services;
    let abandoned = Abandoned(|| room.abandon_showing());
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
    // It has ended by itself, and another one may have begun.
    std::mem::forget(abandoned);
}

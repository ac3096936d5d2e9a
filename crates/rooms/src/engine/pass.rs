//! A pass: one walk over the viewers of a room that writes to each the events that it was not
//! given.
//!
//! At most one pass runs per room. It copies a few viewers under the room's lock, releases it,
//! writes to them, and lets other tasks run before the next few.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::cursor::batches::Batches;
use crate::engine::abandoned::Abandoned;
use crate::engine::room::Room;
use crate::engine::rooms::Rooms;
use crate::engine::services::Services;
use crate::engine::viewer::Viewer;

/// Asks for a pass, and starts one if none runs.
pub(crate) fn start(rooms: &Arc<Rooms<Viewer>>, room: &Arc<Room<Viewer>>) {
    if room.request_pass() {
        rooms.services.tasks.spawn(run(Arc::clone(rooms), Arc::clone(room)));
    }
}

/// Runs passes until no other is asked for.
async fn run(rooms: Arc<Rooms<Viewer>>, room: Arc<Room<Viewer>>) {
    let services = &rooms.services;
    let abandoned = Abandoned(|| room.abandon_pass());
    let mut chunk = Vec::new();
    loop {
        services.counters.passes.fetch_add(1, Ordering::Relaxed);
        let mut batches = Batches::new(&room.log, &services.terms);
        let mut at = Some(0);
        while let Some(place) = at {
            at = step(services, &room, place, &mut chunk, &mut batches);
            if at.is_some() {
                tokio::task::yield_now().await;
            }
            if services.tasks.stopping.is_cancelled() {
                return;
            }
        }
        if room.finish_pass() {
            std::mem::forget(abandoned);
            return;
        }
    }
}

/// One step of a pass: the viewers in the places from `at` on. Returns the place to go on from,
/// `None` at the end.
fn step(
    services: &Services,
    room: &Room<Viewer>,
    at: usize,
    chunk: &mut Vec<Arc<Viewer>>,
    batches: &mut Batches<'_>,
) -> Option<usize> {
    let watermark = services.published().through();
    // The head is read before the viewers: one that joins in between stands at this head or later.
    batches.move_to(room.log.lock().visible_head(watermark).ordinal);
    let next = room.chunk(at, services.limits().pass_chunk_viewers, chunk);
    for viewer in chunk.drain(..) {
        viewer.advance(batches);
    }
    batches.tally.count(&services.counters.delays);
    next
}

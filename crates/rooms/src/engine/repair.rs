//! Fills a hole in a room's log from history before the log goes on.
//!
//! One task per room, owned by the hub. It ends when there is no hole, when the room is empty, or
//! when the hub stops. Events that history has lost are given up after a few tries, and then only
//! the viewers that needed them are closed.

use std::sync::Arc;

use crate::engine::pass;
use crate::engine::retry_pause::retry_pause;
use crate::engine::room::Room;
use crate::engine::rooms::Rooms;
use crate::engine::viewer::Viewer;

/// Fills the hole of a room's log, if it has one and no task is filling it.
pub(crate) fn start_if_needed(rooms: &Arc<Rooms<Viewer>>, room: &Arc<Room<Viewer>>) {
    let begins = room.log.lock().begin_repair();
    if begins {
        rooms.services.tasks.spawn(run(Arc::clone(rooms), Arc::clone(room)));
    }
}

async fn run(rooms: Arc<Rooms<Viewer>>, room: Arc<Room<Viewer>>) {
    let services = &rooms.services;
    let mut fruitless = 0;
    while let Some(after) = next_hole(&room) {
        let limit = services.limits().page_events_max;
        let page = services.history.read(&room.log.name, after, limit).await;
        let progress = page.is_ok_and(|page| {
            let give_up = fruitless + 1 >= services.limits().page_attempts_max;
            room.log.lock().fill(page, give_up)
        });
        if progress {
            fruitless = 0;
            pass::start(&rooms, &room);
            continue;
        }
        fruitless += 1;
        tokio::select! {
            () = tokio::time::sleep(retry_pause(fruitless)) => {}
            () = services.tasks.stopping.cancelled() => return,
        }
    }
    pass::start(&rooms, &room);
}

/// The ordinal before the hole; `None` if there is nothing to do, and then the repair is over.
fn next_hole(room: &Room<Viewer>) -> Option<u64> {
    loop {
        let is_deserted = room.is_deserted();
        let mut log = room.log.lock();
        if log.has_hole() && !is_deserted {
            return Some(log.head().ordinal);
        }
        log.end_repair();
        drop(log);
        // A viewer that joined the empty room meanwhile found it under repair, and has started no
        // other repair.
        if !is_deserted || room.is_deserted() || !room.log.lock().begin_repair() {
            return None;
        }
    }
}

//! Fills a hole in a room's log from history before the log goes on.
//!
//! One task per room, owned by the hub. It ends when there is no hole, when nobody is in the room,
//! or when the hub stops. What history has lost for good is given up after a few tries, and then
//! only the viewers that needed it suffer: they are closed.

use std::sync::Arc;
use std::time::Duration;

use crate::hub::Engine;
use crate::room::Room;

const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(2);

pub(crate) async fn run(engine: Arc<Engine>, room: Arc<Room>) {
    let mut fruitless = 0;
    while let Some(after) = next_hole(&room) {
        let limit = engine.limits.page_events_max;
        let page = engine.history.read(&room.name, after, limit).await;
        let progress = page.is_ok_and(|page| {
            let give_up = fruitless + 1 >= engine.limits.page_attempts_max;
            room.core.lock().log.fill(page, give_up)
        });
        if progress {
            fruitless = 0;
            engine.start_pass(&room);
            continue;
        }
        fruitless += 1;
        let pause = pause(fruitless);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = engine.stopping.cancelled() => return,
        }
    }
    engine.start_pass(&room);
}

/// The ordinal before the hole; `None`, and no longer repairing, if there is nothing to do.
fn next_hole(room: &Room) -> Option<u64> {
    let mut core = room.core.lock();
    if core.log.has_hole() && !core.is_deserted() {
        return Some(core.log.head().ordinal);
    }
    core.repairing = false;
    None
}

/// Doubles with every try that brought nothing.
pub(crate) fn pause(fruitless: u32) -> Duration {
    PAUSE_MIN.saturating_mul(1 << fruitless.min(10)).min(PAUSE_MAX)
}

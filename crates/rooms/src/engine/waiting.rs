//! What waits for viewers at this moment: looked at only when somebody asks.
//!
//! It takes the locks that a pass takes, each for a look, and lets other tasks run as often as a
//! pass does.

use crate::engine::hub::Hub;

/// Subscriptions that are looked at in one call; beyond them it is not known who is slower.
const LOOKS_MAX: usize = 131_072;

/// What waits for the viewers that are in rooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many events of a room its slowest viewer was not given yet.
    pub lag_events: u64,
    /// The bytes in the outboxes of all viewers: packets that no socket has taken yet, and the rest
    /// of frames that were taken in part.
    pub outbox_bytes: usize,
}

impl Hub {
    /// What waits now. A viewer that polls, and has not come for its events yet, counts like one
    /// whose socket is full.
    pub async fn waiting(&self) -> Waiting {
        let mut waiting = Waiting::default();
        let (mut looks, mut chunk) = (0, Vec::new());
        let chunk_max = self.rooms.services.limits().pass_chunk_viewers;
        for room in self.rooms.all() {
            let mut at = Some(0);
            while let Some(place) = at {
                at = room.chunk(place, chunk_max, &mut chunk);
                looks += chunk.len();
                for viewer in chunk.drain(..) {
                    // Read for each viewer, under no other lock: a pass goes on meanwhile.
                    let head = room.log.lock().head().ordinal;
                    let (lag, bytes) = viewer.look(|state| state.waiting_in(&room.log, head));
                    waiting.lag_events = waiting.lag_events.max(lag);
                    waiting.outbox_bytes += bytes;
                }
                if looks >= LOOKS_MAX {
                    return waiting;
                }
                tokio::task::yield_now().await;
            }
        }
        waiting
    }
}

//! What is worth seeing only while it is new: of a room's glimpses a viewer gets the newest, behind
//! everything else.
//!
//! A glimpse stands in no log and has no place: it is not kept, not counted and not sent again. At each
//! viewer it waits behind packets and events until nothing else is left to be written, and a newer one of
//! the same room takes its place there. So it delays and displaces nothing, and a viewer that does not
//! read costs one frame. A room that nobody is in costs a look-up.

use std::sync::{Arc, OnceLock};

use crate::event::{ENCODINGS_MAX, Encoding};
use crate::frame::Frame;
use crate::hub::{Engine, Hub};
use crate::room::Room;
use crate::viewer::{Phase, Viewer};

/// What a glimpse shows. It is encoded when a viewer first needs it, once per encoding.
pub trait Glimpse: Send + Sync + 'static {
    /// The complete frame for this encoding. Nothing is written of an empty one.
    fn encode(&self, encoding: Encoding) -> Frame;
}

/// A glimpse with the frames that have been made of it so far.
pub(crate) struct Shown {
    glimpse: Arc<dyn Glimpse>,
    frames: [OnceLock<Frame>; ENCODINGS_MAX],
}

impl Shown {
    fn frame(&self, encoding: Encoding) -> Frame {
        let made = &self.frames[usize::from(encoding.index())];
        made.get_or_init(|| self.glimpse.encode(encoding)).clone()
    }
}

impl Hub {
    /// Shows everybody in a room what is newest, without waiting, from any thread. False if nobody is
    /// in the room.
    pub fn show(&self, room: &str, glimpse: Arc<dyn Glimpse>) -> bool {
        let Some(room) = self.engine.rooms.lock().get(room).cloned() else { return false };
        let is_walking = {
            let mut core = room.core.lock();
            let frames = std::array::from_fn(|_| OnceLock::new());
            core.newest = Some(Arc::new(Shown { glimpse, frames }));
            std::mem::replace(&mut core.is_showing, true)
        };
        if !is_walking {
            self.engine.spawn(walk(Arc::clone(&self.engine), room));
        }
        true
    }
}

/// Goes from viewer to viewer, and begins anew as long as something newer has come meanwhile: whoever
/// was passed early gets it too, and nobody at the end waits for ever.
async fn walk(engine: Arc<Engine>, room: Arc<Room>) {
    let mut chunk = Vec::new();
    loop {
        let shown = {
            let mut core = room.core.lock();
            let newest = core.newest.take();
            core.is_showing = newest.is_some();
            newest
        };
        let Some(shown) = shown else { return };
        let mut at = Some(0);
        while let Some(place) = at {
            at = room.core.lock().slots.chunk(place, engine.limits.pass_chunk_viewers, &mut chunk);
            for viewer in chunk.drain(..) {
                viewer.show(&room, &shown);
            }
            tokio::task::yield_now().await;
            if engine.stopping.is_cancelled() {
                return;
            }
        }
    }
}

impl Viewer {
    fn show(self: &Arc<Self>, room: &Arc<Room>, shown: &Shown) {
        self.with(|state, _| {
            if state.phase != Phase::Open {
                return;
            }
            for at in 0..state.members.len() {
                let view = state.members[at].view;
                if !state.members[at].is(room, view.channel) {
                    continue;
                }
                let frame = shown.frame(view.encoding);
                if !frame.is_empty() {
                    state.outbox().show(room, view.channel, frame);
                }
            }
        });
    }
}

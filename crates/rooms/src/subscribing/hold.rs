//! Holds a viewer's events back while the application reads a snapshot, so that the snapshot stands
//! in the stream exactly at its place.
//!
//! A hold costs nothing: events collect in the logs anyway. Packets are not held back.

use std::sync::Arc;

use crate::cursor::outbox::Fence;
use crate::engine::hub::Hub;
use crate::engine::viewer::Viewer;
use crate::values::frame::Frame;

/// Holds all events of one viewer back until it is released or dropped.
#[derive(Debug)]
#[must_use = "dropping it lets the events go on"]
pub struct Hold {
    viewer: Arc<Viewer>,
    room: Arc<str>,
    channel: u8,
}

/// The viewer was given later events than the snapshot before it was held: the snapshot is too old
/// and was not placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the viewer has already been given the events up to {given}")]
pub struct Passed {
    /// The ordinal of the last event that it was given.
    pub given: u64,
}

impl Hub {
    /// Holds all events of the viewer back, to place packets in the stream of this room (as joined
    /// on this channel) with [`Hold::release_at`].
    pub fn hold(&self, viewer: &Arc<Viewer>, room: &str, channel: u8) -> Hold {
        viewer.note(|state| state.holds += 1);
        Hold { viewer: Arc::clone(viewer), room: room.into(), channel }
    }
}

impl Hold {
    /// Ends the hold, with these packets directly behind this event of the room: events up to it
    /// are written first, even if they are not published yet. A viewer that is not in the room gets
    /// the packets at once.
    pub fn release_at(
        self,
        ordinal: u64,
        packets: impl IntoIterator<Item = Frame>,
    ) -> Result<(), Passed> {
        let limits = &self.viewer.terms().limits;
        self.viewer.with(|state, effects| {
            let member = state.member_in(&self.room, self.channel);
            match member.map(|member| (member.at.ordinal, Arc::clone(&member.log))) {
                Some((given, _)) if given > ordinal => return Err(Passed { given }),
                Some((given, log)) if given < ordinal => {
                    let packets = packets.into_iter().collect();
                    state.outbox().fence(Fence { log, channel: self.channel, ordinal, packets });
                    state.check_outbox(limits, effects);
                }
                _ => {
                    state.put(packets, limits, effects);
                }
            }
            Ok(())
        })
        // To drop the guard ends the hold and writes, in order, what is now allowed.
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.viewer.with(|state, _| state.holds -= 1);
    }
}

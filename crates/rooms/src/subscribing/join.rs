//! Joins a room: the cursor is set and the confirmation stands before the first event.
//!
//! A room is put into the hub before history is asked for its head; events published meanwhile wait
//! in the log. All viewers that join while it opens share that one answer. Events before the log's
//! tail are read back into the log once for everyone, as long as it has room for them.

use std::sync::Arc;

use crate::cursor::member::{Kept, Member};
use crate::cursor::viewer_state::Phase;
use crate::engine::hub::Hub;
use crate::engine::pin::Pin;
use crate::engine::read_back;
use crate::engine::viewer::Viewer;
use crate::log::published::Published;
use crate::log::shared_log::SharedLog;
use crate::values::frame::Frame;
use crate::values::join_error::JoinError;
use crate::values::place::Place;
use crate::values::view::View;

/// Where a viewer starts in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the head: the next event is the next one that is published. A viewer that is already in
    /// the room stays where it is.
    Head,
    /// At this place, also if the viewer is already in the room.
    After(Place),
}

impl Hub {
    /// Joins a viewer to a room. `reply` makes the confirming packets from the place where the
    /// viewer starts: they are written before the next event, and no event of this room is written
    /// between the setting of the cursor and them. It is called under locks: it must only encode.
    /// Returns that place.
    pub async fn join<R>(
        &self,
        viewer: &Arc<Viewer>,
        room: &str,
        start: Start,
        view: View,
        reply: impl FnOnce(Place) -> R + Send,
    ) -> Result<Place, JoinError>
    where
        R: IntoIterator<Item = Frame>,
    {
        if viewer.look(|state| state.phase != Phase::Open) {
            return Err(JoinError::Closed);
        }
        let pin = Pin::open(&self.rooms, room).await?;
        if let Start::After(place) = start {
            read_back::reach(&self.rooms.services, &pin.room.log, place.ordinal).await?;
        }
        enter(viewer, &pin, start, view, None, reply)
    }
}

/// Sets the cursor and puts the confirmation after everything that was written before.
pub(crate) fn enter<R: IntoIterator<Item = Frame>>(
    viewer: &Arc<Viewer>,
    pin: &Pin,
    start: Start,
    view: View,
    kept: Option<Kept>,
    reply: impl FnOnce(Place) -> R,
) -> Result<Place, JoinError> {
    let (room, terms) = (&pin.room, viewer.terms());
    viewer.with(|state, effects| {
        if state.phase != Phase::Open {
            return Err(JoinError::Closed);
        }
        let is_full = state.members.len() >= terms.limits.rooms_per_viewer_max;
        let present = state.members.iter_mut().find(|member| member.is(&room.log, view.channel));
        let kept = kept.map(Box::new);
        let at = match (present, start) {
            (Some(member), Start::Head) => member.at,
            (Some(member), Start::After(place)) => {
                if let Some(outbox) = &mut state.outbox {
                    outbox.open_fences_of(member);
                }
                member.restart_at(place, kept);
                place
            }
            (None, _) if is_full => return Err(JoinError::TooManyRooms),
            (None, _) => {
                // First the place, then the head: a pass for an event that is not in this head
                // begins later and finds the place taken; it waits for this viewer's lock.
                let slot = room.enter(viewer).ok_or(JoinError::TooManyRooms)?;
                let at = start_in(&room.log, start, &terms.published);
                let Some(at) = at else {
                    // The pin keeps the room, so this does not remove it.
                    room.leave(slot);
                    return Err(JoinError::UnknownRoom);
                };
                let (log, paging, page) = (Arc::clone(&room.log), false, None);
                state.members.push(Member { log, at, slot, view, paging, page, kept });
                at
            }
        };
        if state.put(reply(at), &terms.limits, effects) { Ok(at) } else { Err(JoinError::Closed) }
    })
}

/// `None` if the room's last event was taken: no viewer may join any more.
fn start_in(log: &SharedLog, start: Start, published: &Published) -> Option<Place> {
    let log = log.lock();
    if log.has_ended() {
        return None;
    }
    Some(match start {
        Start::Head => log.visible_head(published.through()),
        Start::After(place) => place,
    })
}

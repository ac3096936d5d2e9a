//! Marks what was given to a viewer, once a part of a plan is written.
//!
//! Exactly the pieces that the socket took are marked as given. The half-taken piece is kept as a
//! slice of the shared frame, so a blocked viewer pins at most one frame.

use crate::cursor::effects::Effects;
use crate::cursor::plan::{Origin, plan};
use crate::cursor::terms::Terms;
use crate::cursor::viewer_state::{Phase, ViewerState};
use crate::values::frame::Frame;

/// Returns what a pull transport may take; all of it counts as given.
pub(crate) fn take(
    state: &mut ViewerState,
    terms: &Terms,
    bytes_max: usize,
    effects: &mut Effects,
) -> Vec<Frame> {
    if matches!(state.phase, Phase::Closed(_)) || state.push {
        return Vec::new();
    }
    loop {
        let plan = plan(state, terms, bytes_max, effects);
        let is_over = plan.is_empty();
        let mut frames = Vec::with_capacity(plan.len());
        for piece in plan {
            give(state, piece.origin, effects);
            // An empty frame is an event that is not for this viewer.
            if !piece.frame.is_empty() {
                frames.push(piece.frame);
            }
        }
        if is_over || !frames.is_empty() {
            return frames;
        }
    }
}

/// Marks as given what lies within the first `written` bytes, and keeps the rest of a piece that is
/// half written.
pub(crate) fn commit<'a>(
    state: &mut ViewerState,
    mut written: usize,
    pieces: impl Iterator<Item = (&'a Frame, Origin)>,
    effects: &mut Effects,
) {
    for (frame, origin) in pieces {
        if written == 0 && !frame.is_empty() {
            return;
        }
        give(state, origin, effects);
        if written < frame.len() {
            state.rest = frame.bytes().slice(written..);
            return;
        }
        written -= frame.len();
    }
}

fn give(state: &mut ViewerState, origin: Origin, effects: &mut Effects) {
    match origin {
        Origin::Packet => {
            if let Some(outbox) = &mut state.outbox {
                outbox.pop();
            }
            state.outbox.take_if(|outbox| outbox.is_empty());
        }
        Origin::Glimpse => {
            if let Some(outbox) = &mut state.outbox {
                outbox.pop_glimpse();
            }
            state.outbox.take_if(|outbox| outbox.is_empty());
        }
        Origin::Event { member, place, position } => {
            if let Some(member) = state.members.get_mut(member) {
                member.given(place);
                state.given = state.given.max(position);
            }
        }
        Origin::Last { member: at, entry } => {
            if let Some(member) = state.members.get_mut(at) {
                member.given(entry.place);
                state.given = state.given.max(entry.position);
                let farewell = entry.farewell(member.view.encoding);
                // First what waits for its place in the room, then the end.
                state.leave(at, effects);
                farewell.into_iter().for_each(|packet| state.outbox().push(packet));
            }
        }
    }
}

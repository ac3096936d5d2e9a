//! What a viewer is given next.
//!
//! The order is fixed: the rest of a half-written frame, then the application's packets, then
//! events, then glimpses. A plan marks nothing as given: [`commit`] does that, when it is known how
//! much a socket took.
//!
//! [`commit`]: crate::cursor::commit::commit

use std::sync::Arc;
use std::time::Instant;

use smallvec::SmallVec;

use crate::cursor::effects::{Effects, WantedPage};
use crate::cursor::merge::merge;
use crate::cursor::run::{self, End};
use crate::cursor::terms::Terms;
use crate::cursor::viewer_state::{Phase, ViewerState};
use crate::log::entry::Entry;
use crate::values::counters::CloseReason;
use crate::values::frame::Frame;
use crate::values::offset::{Offset, Progress};
use crate::values::place::Place;

/// Where a piece comes from, and so what it gives.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    Packet,
    Glimpse,
    /// Of the member with this index.
    Event {
        member: usize,
        place: Place,
        position: u64,
    },
    /// The last event of the room of the member with this index. Nothing is planned after it: the
    /// member is gone then, and the others have other indexes.
    Last {
        member: usize,
        entry: Arc<Entry>,
    },
}

/// A frame that goes out, and where it comes from.
pub(crate) struct Piece {
    pub(crate) frame: Frame,
    pub(crate) origin: Origin,
    /// When this process learned of the event, if it is one.
    pub(crate) known_at: Option<Instant>,
}

/// What goes out next, at most this many bytes but at least one piece, if there is one. Nothing
/// counts as given yet. The viewer may be so far behind that it is closed instead.
pub(crate) fn plan(
    state: &mut ViewerState,
    terms: &Terms,
    bytes_max: usize,
    effects: &mut Effects,
) -> Vec<Piece> {
    let mut plan = Vec::new();
    let mut room_left = bytes_max;
    let mut add = |frame: &Frame, origin, known_at| {
        let fits = plan.is_empty() || frame.len() <= room_left;
        if fits {
            room_left = room_left.saturating_sub(frame.len());
            plan.push(Piece { frame: frame.clone(), origin, known_at });
        }
        fits
    };
    if let Some(outbox) = &mut state.outbox {
        outbox.open_fences(&state.members);
        if !outbox.packets().all(|packet| add(packet, Origin::Packet, None)) {
            return plan;
        }
    }
    if state.phase != Phase::Open || state.holds > 0 || state.members.is_empty() {
        return plan;
    }
    let runs = run::all(state, terms, bytes_max);
    if runs.iter().any(|run| run.end == End::TooMany) {
        state.close(CloseReason::Behind, effects);
        return Vec::new();
    }
    let mut level = Level::of(state);
    for (index, entry) in merge(&runs) {
        let Some(member) = state.members.get(index) else { break };
        let (place, position) = (entry.place, entry.position);
        let origin = if entry.is_last {
            Origin::Last { member: index, entry: Arc::clone(entry) }
        } else {
            Origin::Event { member: index, place, position }
        };
        let fits = match level.offset_behind(state, index, entry) {
            None => {
                let frame = entry.frame_for(&member.view, terms.published.epoch);
                add(frame, origin, entry.known_at)
            }
            Some(progress) => {
                let offset = Offset { epoch: terms.published.epoch, progress };
                add(&entry.frame_apart(&member.view, &offset), origin, entry.known_at)
            }
        };
        if !fits || entry.is_last {
            return plan;
        }
    }
    // Last of all, and only when all events are planned.
    if runs.iter().all(|run| run.end == End::Complete)
        && let Some(outbox) = &state.outbox
    {
        let _all_fit = outbox.glimpses().all(|frame| add(frame, Origin::Glimpse, None));
    }
    for (member, run) in state.members.iter_mut().zip(&runs) {
        if run.end == End::Page && !member.paging {
            member.paging = true;
            effects.pages.push(WantedPage::by(member));
        }
    }
    plan
}

/// Where the viewer will stand while a plan is carried out.
struct Level {
    given: u64,
    /// The ordinal of the last event given to each member, once it is needed.
    ordinals: SmallVec<[u64; 1]>,
}

impl Level {
    fn of(state: &ViewerState) -> Self {
        let ordinals = state.members.iter().map(|member| member.at.ordinal).collect();
        Self { given: state.given, ordinals }
    }

    /// Steps behind this event. Returns the offset that the event needs if it is older than one
    /// that was given before: then its position alone would cover events that were not given.
    fn offset_behind(
        &mut self,
        state: &ViewerState,
        index: usize,
        entry: &Entry,
    ) -> Option<Progress> {
        if let Some(ordinal) = self.ordinals.get_mut(index) {
            *ordinal = entry.ordinal();
        }
        if entry.position > self.given {
            self.given = entry.position;
            return None;
        }
        let member = state.members.get(index).filter(|member| member.kept.is_some())?;
        let told = state.members.iter().zip(&self.ordinals).filter_map(|(other, ordinal)| {
            let kept = other.kept.as_ref().filter(|_| other.view.channel == member.view.channel)?;
            Some((kept.stay.ticket, *ordinal))
        });
        Some(Progress::Cursors { given: self.given, cursors: told.collect() })
    }
}

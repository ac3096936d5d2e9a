//! What a viewer is given next, and what has been given once a part of it was written.
//!
//! The order is fixed: the rest of a half-written frame, then the application's packets, then
//! events, then glimpses. First it is planned without changing anything, then written in one call, then exactly
//! the pieces that the socket took are marked as given. The half-taken piece is kept as a slice of
//! the shared frame, so a blocked viewer pins at most one frame.
//!
//! Everything here is synchronous and works on a locked state; what needs other locks or tasks is
//! put into an [`Aftermath`] for when the lock is released.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use smallvec::SmallVec;

use crate::backfill;
use crate::counters::CloseReason;
use crate::entry::Entry;
use crate::frame::Frame;
use crate::member::Member;
use crate::merge::merge;
use crate::offset::{Offset, Progress};
use crate::pass::{Look, PassCache};
use crate::place::Place;
use crate::run::{self, End};
use crate::stream::{AnyStream, Stream};
use crate::viewer::{Phase, State, Viewer};

/// What is left to do when a viewer's lock has been released.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    pub(crate) wake: bool,
    left: SmallVec<[Member; 1]>,
    pages: SmallVec<[backfill::Wanted; 1]>,
}

impl Aftermath {
    pub(crate) fn left(&mut self, member: Member) {
        self.left.push(member);
    }

    pub(crate) fn settle(self, viewer: &Arc<Viewer>) {
        for member in self.left {
            viewer.engine.vacate(&member.room, member.slot);
        }
        for wanted in self.pages {
            backfill::start(viewer, wanted);
        }
        if self.wake {
            viewer.wake();
        }
    }
}

enum Wrote {
    All,
    Part,
    Nothing,
}

/// Writes until the socket is full or nothing is left. A pull transport is woken instead.
pub(crate) fn write(
    viewer: &Viewer,
    state: &mut State,
    mut pass: Option<&mut PassCache<'_>>,
    after: &mut Aftermath,
) {
    if matches!(state.phase, Phase::Closed(_)) || state.blocked {
        return;
    }
    let Some(stream) = viewer.stream().filter(|_| state.push) else {
        after.wake = true;
        return;
    };
    loop {
        match write_next(viewer, stream, state, pass.as_deref_mut(), after) {
            Ok(Wrote::All | Wrote::Part) => {}
            Ok(Wrote::Nothing) => break,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                state.blocked = true;
                after.wake = true;
                break;
            }
            Err(_) => {
                viewer.close_state(state, CloseReason::Transport, after);
                break;
            }
        }
        if matches!(state.phase, Phase::Closed(_)) {
            break;
        }
    }
    after.wake |= matches!(state.phase, Phase::Ending(_));
}

/// Hands out what a pull transport may have; all of it counts as given.
pub(crate) fn take(
    viewer: &Viewer,
    state: &mut State,
    bytes_max: usize,
    after: &mut Aftermath,
) -> Vec<Frame> {
    if matches!(state.phase, Phase::Closed(_)) || state.push {
        return Vec::new();
    }
    loop {
        let plan = plan(viewer, state, bytes_max, after);
        let is_over = plan.is_empty();
        let mut frames = Vec::with_capacity(plan.len());
        for piece in plan {
            give(state, piece.origin, after);
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

fn write_next(
    viewer: &Viewer,
    stream: &AnyStream,
    state: &mut State,
    pass: Option<&mut PassCache<'_>>,
    after: &mut Aftermath,
) -> io::Result<Wrote> {
    if !state.rest.is_empty() {
        let written = write_some(viewer, stream, &state.rest)?;
        state.rest.advance(written.min(state.rest.len()));
        if state.rest.is_empty() {
            // An empty slice would still hold on to the frame it was cut from.
            state.rest = Bytes::new();
        }
        return Ok(if state.rest.is_empty() { Wrote::All } else { Wrote::Part });
    }
    if let Some(pass) = pass
        && state.outbox.is_none()
        && state.holds == 0
        && let [member] = state.members.as_mut_slice()
    {
        match pass.look(member, state.given) {
            Look::UpToDate => return Ok(Wrote::Nothing),
            Look::Elsewhere => {}
            Look::Batch(batch) => {
                let written = write_some(viewer, stream, &batch.bytes)?;
                if written == batch.bytes.len() {
                    member.given(batch.last);
                    state.given = state.given.max(batch.newest);
                    return Ok(Wrote::All);
                }
                let origin = |place, position| Origin::Event { member: 0, place, position };
                let pieces = batch.frames.iter();
                let pieces = pieces.map(|(place, at, frame)| (frame, origin(*place, *at)));
                commit(state, written, pieces, after);
                return Ok(Wrote::Part);
            }
        }
    }
    let plan = plan(viewer, state, viewer.engine.limits.write_bytes_max, after);
    let written = match plan.as_slice() {
        [] => return Ok(Wrote::Nothing),
        [piece] => write_some(viewer, stream, piece.frame.bytes())?,
        pieces => JOINED.with_borrow_mut(|joined| {
            joined.clear();
            for piece in pieces {
                joined.extend_from_slice(piece.frame.bytes());
            }
            write_some(viewer, stream, joined)
        })?,
    };
    let pieces = plan.iter().map(|piece| (&piece.frame, piece.origin.clone()));
    commit(state, written, pieces, after);
    Ok(if state.rest.is_empty() { Wrote::All } else { Wrote::Part })
}

thread_local! {
    /// Where several frames are put together for one call. Owned by the thread: no viewer has one.
    static JOINED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn write_some(viewer: &Viewer, stream: &AnyStream, bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        return Ok(0);
    }
    loop {
        match stream.try_write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                viewer.engine.counters.wrote(written);
                return Ok(written);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Marks as given what lies within the first `written` bytes, and keeps the rest of the piece in
/// which they end.
fn commit<'a>(
    state: &mut State,
    mut written: usize,
    pieces: impl Iterator<Item = (&'a Frame, Origin)>,
    after: &mut Aftermath,
) {
    for (frame, origin) in pieces {
        if written == 0 && !frame.is_empty() {
            return;
        }
        give(state, origin, after);
        if written < frame.len() {
            state.rest = frame.bytes().slice(written..);
            return;
        }
        written -= frame.len();
    }
}

#[derive(Clone, Debug)]
enum Origin {
    Packet,
    Glimpse,
    /// Of the member with this index.
    Event {
        member: usize,
        place: Place,
        position: u64,
    },
    /// The last event of the room of the member with this index. Nothing is planned behind it: the
    /// member is gone then, and the others have other indexes.
    Last {
        member: usize,
        entry: Arc<Entry>,
    },
}

struct Piece {
    frame: Frame,
    origin: Origin,
}

fn give(state: &mut State, origin: Origin, after: &mut Aftermath) {
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
                state.leave(at, after);
                farewell.into_iter().for_each(|packet| state.outbox().push(packet));
            }
        }
    }
}

fn plan(viewer: &Viewer, state: &mut State, bytes_max: usize, after: &mut Aftermath) -> Vec<Piece> {
    let mut plan = Vec::new();
    let mut room_left = bytes_max;
    let mut add = |frame: &Frame, origin| {
        let fits = plan.is_empty() || frame.len() <= room_left;
        if fits {
            room_left = room_left.saturating_sub(frame.len());
            plan.push(Piece { frame: frame.clone(), origin });
        }
        fits
    };
    if let Some(outbox) = &mut state.outbox {
        outbox.open_fences(&state.members);
        if !outbox.packets().all(|packet| add(packet, Origin::Packet)) {
            return plan;
        }
    }
    if state.phase != Phase::Open || state.holds > 0 || state.members.is_empty() {
        return plan;
    }
    let runs = run::all(viewer, state, bytes_max);
    if runs.iter().any(|run| run.end == End::TooMany) {
        viewer.close_state(state, CloseReason::Behind, after);
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
            None => add(entry.frame_for(&member.view, viewer.engine.epoch), origin),
            Some(progress) => {
                let offset = Offset { epoch: viewer.engine.epoch, progress };
                add(&entry.frame_apart(&member.view, &offset), origin)
            }
        };
        if !fits || entry.is_last {
            return plan;
        }
    }
    // Last of all, and only when all that there is has been planned.
    if runs.iter().all(|run| run.end == End::Complete)
        && let Some(outbox) = &state.outbox
    {
        let _all_fit = outbox.glimpses().all(|frame| add(frame, Origin::Glimpse));
    }
    for (member, run) in state.members.iter_mut().zip(&runs) {
        if run.end == End::Page && !member.paging {
            member.paging = true;
            after.pages.push(backfill::Wanted::by(member));
        }
    }
    plan
}

/// Where the viewer will stand while a plan is carried out.
struct Level {
    given: u64,
    /// The ordinal of the last event given of each member, once somebody needs it.
    ordinals: SmallVec<[u64; 1]>,
}

impl Level {
    fn of(state: &State) -> Self {
        let ordinals = state.members.iter().map(|member| member.at.ordinal).collect();
        Self { given: state.given, ordinals }
    }

    /// Steps behind this event. The offset that it needs if it is older than one that was given
    /// before: then its position alone would say too much.
    fn offset_behind(&mut self, state: &State, index: usize, entry: &Entry) -> Option<Progress> {
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

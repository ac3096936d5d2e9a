//! Writes to a socket what its viewer is given next, and marks as given what the socket took.
//!
//! Runs under the viewer's lock: so the order is the same for every writer. It never waits.

use std::cell::RefCell;
use std::io;

use bytes::{Buf, Bytes};

use crate::cursor::batches::{Batches, Look};
use crate::cursor::commit::commit;
use crate::cursor::effects::Effects;
use crate::cursor::plan::{Origin, plan};
use crate::cursor::viewer_state::{Phase, ViewerState};
use crate::engine::any_stream::AnyStream;
use crate::engine::services::Services;
use crate::engine::stream::Stream;
use crate::values::counters::CloseReason;

enum Wrote {
    All,
    Part,
    Nothing,
}

/// Writes until the socket is full or nothing is left. A pull transport is woken instead.
pub(crate) fn write(
    services: &Services,
    stream: Option<&AnyStream>,
    state: &mut ViewerState,
    mut pass: Option<&mut Batches<'_>>,
    effects: &mut Effects,
) {
    if matches!(state.phase, Phase::Closed(_)) || state.blocked {
        return;
    }
    let Some(stream) = stream.filter(|_| state.push) else {
        effects.wake = true;
        return;
    };
    loop {
        match write_next(services, stream, state, pass.as_deref_mut(), effects) {
            Ok(Wrote::All | Wrote::Part) => {}
            Ok(Wrote::Nothing) => break,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                state.blocked = true;
                effects.wake = true;
                break;
            }
            Err(_) => {
                state.close(CloseReason::Transport, effects);
                break;
            }
        }
        if matches!(state.phase, Phase::Closed(_)) {
            break;
        }
    }
    effects.wake |= matches!(state.phase, Phase::Ending(_));
}

fn write_next(
    services: &Services,
    stream: &AnyStream,
    state: &mut ViewerState,
    mut pass: Option<&mut Batches<'_>>,
    effects: &mut Effects,
) -> io::Result<Wrote> {
    if !state.rest.is_empty() {
        let written = write_some(services, stream, &state.rest)?;
        state.rest.advance(written.min(state.rest.len()));
        if state.rest.is_empty() {
            // An empty slice would still keep the frame that it was cut from.
            state.rest = Bytes::new();
        }
        return Ok(if state.rest.is_empty() { Wrote::All } else { Wrote::Part });
    }
    if let Some(pass) = pass.as_deref_mut()
        && state.outbox.is_none()
        && state.holds == 0
        && let [member] = state.members.as_mut_slice()
    {
        match pass.look(member, state.given) {
            Look::UpToDate => return Ok(Wrote::Nothing),
            Look::Elsewhere => {}
            Look::Batch(batch) => {
                let written = write_some(services, stream, &batch.bytes)?;
                if written == batch.bytes.len() {
                    member.given(batch.last);
                    state.given = state.given.max(batch.newest);
                    if let Some(known_at) = batch.known_at {
                        pass.tally.write(known_at);
                    }
                    return Ok(Wrote::All);
                }
                let origin = |place, position| Origin::Event { member: 0, place, position };
                let pieces = batch.frames.iter();
                let pieces = pieces.map(|(place, at, frame)| (frame, origin(*place, *at)));
                commit(state, written, pieces, effects);
                return Ok(Wrote::Part);
            }
        }
    }
    let plan = plan(state, &services.terms, services.limits().write_bytes_max, effects);
    let written = match plan.as_slice() {
        [] => return Ok(Wrote::Nothing),
        [piece] => write_some(services, stream, piece.frame.bytes())?,
        pieces => JOINED.with_borrow_mut(|joined| {
            joined.clear();
            for piece in pieces {
                joined.extend_from_slice(piece.frame.bytes());
            }
            write_some(services, stream, joined)
        })?,
    };
    if let Some(pass) = pass
        && let Some(known_at) = plan.iter().find_map(|piece| piece.known_at)
        && written == plan.iter().map(|piece| piece.frame.len()).sum::<usize>()
        && written > 0
    {
        pass.tally.write(known_at);
    }
    let pieces = plan.iter().map(|piece| (&piece.frame, piece.origin.clone()));
    commit(state, written, pieces, effects);
    Ok(if state.rest.is_empty() { Wrote::All } else { Wrote::Part })
}

thread_local! {
    /// A buffer for several frames that are written in one call. It belongs to the thread: no
    /// viewer has one.
    static JOINED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn write_some(services: &Services, stream: &AnyStream, bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        return Ok(0);
    }
    loop {
        match stream.try_write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                services.counters.wrote(written);
                return Ok(written);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

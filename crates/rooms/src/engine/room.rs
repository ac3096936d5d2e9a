//! A room: its viewers, the glimpse that they are shown, and the flags that let one pass run at a
//! time.
//!
//! Its events are in its [`SharedLog`]; a room itself knows its viewers only by their slots. It
//! exists while it has viewers or a viewer is joining (a pin).

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::Mutex;

use crate::engine::slots::Slots;
use crate::log::gauge::Gauge;
use crate::log::shared_log::SharedLog;
use crate::values::glimpse::Shown;
use crate::values::limits::Limits;

/// `W` is the type of a viewer.
pub(crate) struct Room<W> {
    pub(crate) log: Arc<SharedLog>,
    here: Mutex<Here<W>>,
    showing: Mutex<Showing>,
    pass: AtomicU8,
}

struct Here<W> {
    slots: Slots<W>,
    /// Joins under way.
    pins: usize,
}

#[derive(Default)]
struct Showing {
    /// The glimpse that no viewer was shown yet.
    newest: Option<Arc<Shown>>,
    /// A task is showing it.
    is_walking: bool,
}

const IDLE: u8 = 0;
const RUNNING: u8 = 1;
const RUNNING_AGAIN: u8 = 2;

impl<W> Room<W> {
    pub(crate) fn new(name: &str, limits: &Limits, all_logs: &Arc<Gauge>) -> Arc<Self> {
        Arc::new(Self {
            log: SharedLog::new(name, limits, all_logs),
            here: Mutex::new(Here { slots: Slots::default(), pins: 0 }),
            showing: Mutex::default(),
            pass: AtomicU8::new(IDLE),
        })
    }

    /// A place for a viewer that has a pin; `None` if there are no more. Passes find the viewer
    /// there from now on.
    pub(crate) fn enter(&self, viewer: &Arc<W>) -> Option<u32> {
        self.here.lock().slots.insert(viewer)
    }

    /// Frees a place. True if the room is empty now.
    pub(crate) fn leave(&self, slot: u32) -> bool {
        let mut here = self.here.lock();
        here.slots.remove(slot);
        here.is_deserted()
    }

    pub(crate) fn pin(&self) {
        self.here.lock().pins += 1;
    }

    /// True if the room is empty now.
    pub(crate) fn unpin(&self) -> bool {
        let mut here = self.here.lock();
        here.pins -= 1;
        here.is_deserted()
    }

    /// It has no viewer, and none is joining.
    pub(crate) fn is_deserted(&self) -> bool {
        self.here.lock().is_deserted()
    }

    /// How many viewers are in it.
    pub(crate) fn viewers(&self) -> usize {
        self.here.lock().slots.len()
    }

    /// See [`Slots::chunk`].
    pub(crate) fn chunk(&self, at: usize, count: usize, into: &mut Vec<Arc<W>>) -> Option<usize> {
        self.here.lock().slots.chunk(at, count, into)
    }

    /// Takes the newest glimpse. True if the caller has to show it, because no task is doing so.
    pub(crate) fn begin_showing(&self, newest: Arc<Shown>) -> bool {
        let mut showing = self.showing.lock();
        showing.newest = Some(newest);
        !std::mem::replace(&mut showing.is_walking, true)
    }

    /// The glimpse to show next; `None` if all have seen it, and then no task is showing any more.
    pub(crate) fn next_to_show(&self) -> Option<Arc<Shown>> {
        let mut showing = self.showing.lock();
        let newest = showing.newest.take();
        showing.is_walking = newest.is_some();
        newest
    }

    /// Nobody is showing any more; a newer glimpse starts again.
    pub(crate) fn abandon_showing(&self) {
        self.showing.lock().is_walking = false;
    }

    /// Asks for a pass. True if the caller has to run it: none is running now.
    pub(crate) fn request_pass(&self) -> bool {
        let next = |state| Some(if state == IDLE { RUNNING } else { RUNNING_AGAIN });
        self.pass.fetch_update(Ordering::AcqRel, Ordering::Acquire, next) == Ok(IDLE)
    }

    /// Ends a pass. False if another was asked for while it ran: the caller has to go on.
    pub(crate) fn finish_pass(&self) -> bool {
        let next = |state| Some(if state == RUNNING_AGAIN { RUNNING } else { IDLE });
        self.pass.fetch_update(Ordering::AcqRel, Ordering::Acquire, next) != Ok(RUNNING_AGAIN)
    }

    /// Forgets a pass that did not finish.
    pub(crate) fn abandon_pass(&self) {
        self.pass.store(IDLE, Ordering::Release);
    }
}

impl<W> Here<W> {
    fn is_deserted(&self) -> bool {
        self.pins == 0 && self.slots.is_empty()
    }
}

impl<W> std::fmt::Debug for Room<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Room({})", self.log.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_runs_and_remembers_that_another_was_asked_for() {
        let room = Room::<()>::new("r", &Limits::default(), &Arc::new(Gauge::default()));
        assert!(room.request_pass());
        assert!(!room.request_pass());
        assert!(!room.request_pass());
        assert!(!room.finish_pass());
        assert!(room.finish_pass());
        assert!(room.request_pass());
    }
}

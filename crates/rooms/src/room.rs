//! A room: its log, its viewers, and the word that lets one pass run at a time.
//!
//! A room exists while it has viewers or someone is joining (a pin). It is put into the hub before
//! history is asked for its head, so no event that is published meanwhile is missed.
//!
//! Locks: a viewer's state may be locked before a room's core, and so may the hub's table of rooms;
//! never the other way round, and never two cores at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::entry::Gauge;
use crate::glimpse::Shown;
use crate::history::HistoryError;
use crate::limits::Limits;
use crate::log::RoomLog;
use crate::slots::Slots;

pub(crate) struct Room {
    pub(crate) name: Arc<str>,
    pub(crate) core: Mutex<Core>,
    /// What history said about the head: asked once, by whoever joins first.
    pub(crate) opening: OnceCell<Opening>,
    /// Held while older events are read back into the log, so that a crowd reads them once.
    pub(crate) reaching: tokio::sync::Mutex<()>,
    pass: AtomicU8,
}

pub(crate) struct Core {
    pub(crate) log: RoomLog,
    pub(crate) slots: Slots,
    /// Joins under way.
    pub(crate) pins: usize,
    /// A task is filling a hole in the log.
    pub(crate) repairing: bool,
    /// What nobody has been shown yet.
    pub(crate) newest: Option<Arc<Shown>>,
    /// A task is showing it.
    pub(crate) is_showing: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Opening {
    Open,
    Unknown,
    Failed(HistoryError),
}

const IDLE: u8 = 0;
const RUNNING: u8 = 1;
const RUNNING_AGAIN: u8 = 2;

impl Room {
    pub(crate) fn new(name: &str, limits: &Limits, all_logs: &Arc<Gauge>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            core: Mutex::new(Core {
                log: RoomLog::new(limits, all_logs),
                slots: Slots::default(),
                pins: 0,
                repairing: false,
                newest: None,
                is_showing: false,
            }),
            opening: OnceCell::new(),
            reaching: tokio::sync::Mutex::new(()),
            pass: AtomicU8::new(IDLE),
        })
    }

    /// True once it is known how far the room is.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.opening.get(), Some(Opening::Open))
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

    /// Forgets a pass that did not come to its end.
    pub(crate) fn abandon_pass(&self) {
        self.pass.store(IDLE, Ordering::Release);
    }
}

impl Core {
    pub(crate) fn is_deserted(&self) -> bool {
        self.pins == 0 && self.slots.is_empty()
    }
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Room({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_runs_and_remembers_that_another_was_asked_for() {
        let room = Room::new("r", &Limits::default(), &Arc::new(Gauge::default()));
        assert!(room.request_pass());
        assert!(!room.request_pass());
        assert!(!room.request_pass());
        assert!(!room.finish_pass());
        assert!(room.finish_pass());
        assert!(room.request_pass());
    }
}

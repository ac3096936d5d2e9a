//! A room's log as it is shared: by its feeder, by the cursors into it, and by reads from history.
//!
//! Its lock is the innermost of all and is held for a look or a change, never during a write or an
//! await. The only encoding under it is that of a frame that is made once.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::OnceCell;

use crate::log::gauge::Gauge;
use crate::log::room_log::RoomLog;
use crate::values::history::HistoryError;
use crate::values::limits::Limits;

pub(crate) struct SharedLog {
    /// The room's name.
    pub(crate) name: Arc<str>,
    log: Mutex<RoomLog>,
    /// History's answer about the head: asked once, for the first viewer that joins.
    pub(crate) opening: OnceCell<Opening>,
    /// Held while older events are read back, so that many viewers read them once.
    pub(crate) reading: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug)]
pub(crate) enum Opening {
    Open,
    Unknown,
    Failed(HistoryError),
}

impl SharedLog {
    pub(crate) fn new(name: &str, limits: &Limits, all_logs: &Arc<Gauge>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            log: Mutex::new(RoomLog::new(limits, all_logs)),
            opening: OnceCell::new(),
            reading: tokio::sync::Mutex::new(()),
        })
    }

    /// The log itself, for as long as the guard is kept.
    pub(crate) fn lock(&self) -> MutexGuard<'_, RoomLog> {
        self.log.lock()
    }

    /// True once the room's head is known.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.opening.get(), Some(Opening::Open))
    }
}

impl std::fmt::Debug for SharedLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SharedLog({})", self.name)
    }
}

//! What a test can do to the disk under one database: hold a sync, fail it, be full, kill the
//! process in the middle of a write, or record everything that happens.

use std::collections::HashMap;
use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use domain::TicketId;
use jiff::Timestamp;
use rusqlite::ffi;

use crate::shim;

/// The files of one database that a crash can leave behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    Database,
    Log,
    Journal,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Database, Self::Log, Self::Journal];

    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Database => "",
            Self::Log => "-wal",
            Self::Journal => "-journal",
        }
    }
}

/// One line of what happened, in order.
#[derive(Clone, Debug)]
pub(crate) enum Happened {
    Write {
        part: Part,
        offset: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        part: Part,
        size: usize,
    },
    Sync {
        part: Part,
    },
    Delete {
        part: Part,
    },
    /// A caller had its answer: the ticket stands at least as it did then.
    Acknowledged {
        ticket_id: TicketId,
        at: Timestamp,
    },
}

#[derive(Debug, Default)]
struct State {
    log_syncs: u64,
    syncs_held: bool,
    sync_waits: bool,
    syncs_fail: bool,
    is_full: bool,
    changes: u64,
    dies_at: Option<u64>,
    happened: Vec<Happened>,
    is_recording: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Disk {
    state: Mutex<State>,
    changed: Condvar,
}

static DISKS: LazyLock<Mutex<HashMap<PathBuf, Arc<Disk>>>> = LazyLock::new(Mutex::default);

/// Long enough for any machine: an event that never comes fails the test, and the test does not
/// hang.
const PATIENCE: Duration = Duration::from_secs(60);

impl Disk {
    /// The disk under a database that has not been opened yet.
    pub(crate) fn of(database: &Path) -> Arc<Self> {
        shim::install();
        let disk = Arc::new(Self::default());
        DISKS.lock().unwrap().insert(database.to_owned(), Arc::clone(&disk));
        disk
    }

    /// Which disk a file that SQLite opens is on.
    pub(crate) fn under(file: &Path) -> Option<(Arc<Self>, Part)> {
        let disks = DISKS.lock().unwrap();
        Part::ALL.into_iter().rev().find_map(|part| {
            let database = file.to_str()?.strip_suffix(part.suffix())?;
            disks.get(Path::new(database)).map(|disk| (Arc::clone(disk), part))
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    // What a test does.

    /// From here on a sync of the log waits until it is released.
    pub(crate) fn hold_syncs(&self) {
        self.state().syncs_held = true;
    }

    pub(crate) fn release_syncs(&self) {
        self.state().syncs_held = false;
        self.changed.notify_all();
    }

    /// Returns once a sync of the log waits.
    pub(crate) fn wait_for_sync(&self) {
        let held = self.changed.wait_timeout_while(self.state(), PATIENCE, |s| !s.sync_waits);
        let (state, _) = held.unwrap();
        assert!(state.sync_waits, "the log is synced");
    }

    pub(crate) fn fail_syncs(&self, fail: bool) {
        self.state().syncs_fail = fail;
    }

    /// A full disk takes no more bytes; what is there can be read and synced.
    pub(crate) fn fill(&self, is_full: bool) {
        self.state().is_full = is_full;
    }

    /// How often the log was synced.
    pub(crate) fn log_syncs(&self) -> u64 {
        self.state().log_syncs
    }

    /// Kills the process at this change of a file, the first being 1; half of it is still written.
    pub(crate) fn die_at(&self, change: u64) {
        self.state().dies_at = Some(change);
    }

    pub(crate) fn record(&self) {
        self.state().is_recording = true;
    }

    pub(crate) fn acknowledged(&self, ticket_id: TicketId, at: Timestamp) {
        self.state().happened.push(Happened::Acknowledged { ticket_id, at });
    }

    pub(crate) fn recorded(&self) -> Vec<Happened> {
        std::mem::take(&mut self.state().happened)
    }

    /// How often the log has started since the recording began: each time with its header.
    pub(crate) fn logs_begun(&self) -> usize {
        let is_begin =
            |line: &&Happened| matches!(line, Happened::Write { part: Part::Log, offset: 0, .. });
        self.state().happened.iter().filter(is_begin).count()
    }

    // What SQLite does.

    pub(crate) fn write(
        &self,
        part: Part,
        offset: u64,
        bytes: &[u8],
        half: impl FnOnce(),
    ) -> Result<(), c_int> {
        let mut state = self.change(half);
        if state.is_full {
            return Err(ffi::SQLITE_FULL);
        }
        if state.is_recording {
            let (offset, bytes) = (usize::try_from(offset).unwrap(), bytes.to_vec());
            state.happened.push(Happened::Write { part, offset, bytes });
        }
        Ok(())
    }

    pub(crate) fn truncate(&self, part: Part, size: u64) {
        let mut state = self.change(|| {});
        if state.is_recording {
            let size = usize::try_from(size).unwrap();
            state.happened.push(Happened::Truncate { part, size });
        }
    }

    pub(crate) fn delete(&self, part: Part) {
        let mut state = self.change(|| {});
        if state.is_recording {
            state.happened.push(Happened::Delete { part });
        }
    }

    pub(crate) fn sync(&self, part: Part) -> Result<(), c_int> {
        let mut state = self.change(|| {});
        if part == Part::Log {
            state.sync_waits = state.syncs_held;
            self.changed.notify_all();
            state = self.changed.wait_while(state, |state| state.syncs_held).unwrap();
            state.sync_waits = false;
            if state.syncs_fail {
                return Err(ffi::SQLITE_IOERR_FSYNC);
            }
            state.log_syncs += 1;
        }
        if state.is_recording {
            state.happened.push(Happened::Sync { part });
        }
        Ok(())
    }

    fn change(&self, half: impl FnOnce()) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.changes += 1;
        if state.dies_at == Some(state.changes) {
            half();
            std::process::abort();
        }
        state
    }
}

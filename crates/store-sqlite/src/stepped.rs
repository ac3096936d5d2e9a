//! The driver taken step by step, for a simulator: the same jobs, the same group commit and the
//! same queries, on a database in memory, without a thread and without a wait that the simulator
//! did not ask for.
//!
//! Commands wait in the writer's queue until [`Stepper::commit`] takes them. What follows a commit
//! (sending, answering) is done piece by piece, so that a crash can come between any two.
//!
//! It must not decide anything: the simulator says which step is next, what fails and when.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::RouteEvent;
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};
use store::{CommittedFeed, CommittedGroup, CommittedStream, DataKeys};
use tokio::sync::mpsc;

use crate::SqliteStore;
use crate::chance::Chance;
use crate::db::Db;
use crate::group::{Groups, Job, Uncommitted};
use crate::in_place::InPlace;
use crate::known_users::KnownUsers;
use crate::migrations::migrate;
use crate::pnr_order::PnrSeries;
use crate::pragmas::{READER_CACHE_KIB, prepared, shared_pragmas};
use crate::reader::Readers;
use crate::writer::Writer;

pub use crate::in_place::ReadFate;

/// The part that survives a crash: a database in memory, kept by one connection that nothing else
/// uses.
#[derive(Debug)]
pub struct Disk {
    address: String,
    keeper: Connection,
}

/// The simulator could not set itself up; the fault is not in what it tests.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    #[error("the database in memory failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the tables could not be made: {0}")]
    Migration(#[from] Box<refinery::Error>),
    #[error("nothing could be drawn: {0}")]
    Chance(#[from] std::io::Error),
}

/// A number in their names separates the databases of one process.
static DISKS: AtomicU64 = AtomicU64::new(0);

/// Copied at once: nothing else uses either database meanwhile.
const ALL_PAGES: std::ffi::c_int = -1;

impl Disk {
    /// An empty database with all tables.
    pub fn new() -> Result<Self, DiskError> {
        let mut disk = Self::blank()?;
        migrate(&mut disk.keeper).map_err(Box::new)?;
        // One seed gives one story: a number that the tables drew themselves would change it.
        disk.keeper.execute("update epoch set number = 1", [])?;
        disk.keeper.execute("update pnr_order set key = zeroblob(16)", [])?;
        Ok(disk)
    }

    /// Another one with the same content.
    pub fn copy(&self) -> Result<Self, DiskError> {
        let mut copy = Self::blank()?;
        Backup::new(&self.keeper, &mut copy.keeper)?.step(ALL_PAGES)?;
        Ok(copy)
    }

    /// For an auditor that does not trust the driver's own queries, and for tests that damage rows.
    pub fn connection(&self) -> &Connection {
        &self.keeper
    }

    fn blank() -> Result<Self, DiskError> {
        let number = DISKS.fetch_add(1, Ordering::Relaxed);
        // A leading slash makes it one database for every connection of this process.
        let address = format!("file:/simulated-{number}?vfs=memdb");
        // With the function that migrations and triggers call.
        let keeper = shared_pragmas(connect(&address)?, READER_CACHE_KIB)?;
        Ok(Self { address, keeper })
    }
}

fn connect(address: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(address, flags)
}

/// Opens a disk as a process does when it starts. `waiting_max`: commands that may wait; `reads`
/// decides the fate of each query; `chance` fills random bytes.
pub fn open(
    disk: &Disk,
    waiting_max: usize,
    chance: impl FnMut(&mut [u8]) + Send + 'static,
    reads: impl Fn() -> ReadFate + Send + Sync + 'static,
) -> Result<(SqliteStore, Stepper, CommittedStream), DiskError> {
    let keys = DataKeys::default();
    let connection = Db::new(prepared(connect(&disk.address)?)?, &keys)?;
    let reading = Db::new(shared_pragmas(connect(&disk.address)?, READER_CACHE_KIB)?, &keys)?;
    let (writer, waiting) = Writer::queue(waiting_max);
    let readers = Readers::in_place(reading, InPlace(Arc::new(reads)));
    let (feed, stream) = store::committed_stream();
    let users = KnownUsers::default();
    let mut chance = Chance::simulated(chance);
    let pnrs = PnrSeries::begin(Arc::clone(connection.pnr_order()), chance.draw()?);
    let groups = Groups::new(users.clone(), chance)?;
    let stepper = Stepper { connection, groups, waiting, feed };
    Ok((SqliteStore::new(writer, readers, (users, pnrs), None), stepper, stream))
}

/// The writer's work, one group at a time. To drop it is the death of the process: uncommitted work
/// is gone, waiting commands are never answered.
#[derive(Debug)]
pub struct Stepper {
    connection: Db,
    groups: Groups,
    waiting: mpsc::Receiver<Box<dyn Job>>,
    feed: CommittedFeed,
}

/// A group whose result is known here and was not sent yet.
pub struct Group {
    jobs: Vec<Box<dyn Job>>,
    outcome: Result<Option<CommittedGroup>, String>,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("commands", &self.jobs.len()).finish_non_exhaustive()
    }
}

impl Stepper {
    /// Commands that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Takes up to `max` commands and commits them together; `None` if none waits. `before_commit`
    /// gets their events before they are durable; if it returns an error, none of them happened.
    pub fn commit(
        &mut self,
        max: usize,
        before_commit: impl FnOnce(&[RouteEvent]) -> Result<(), String>,
    ) -> Option<Group> {
        let mut jobs = Vec::new();
        while jobs.len() < max
            && let Ok(job) = self.waiting.try_recv()
        {
            jobs.push(job);
        }
        if jobs.is_empty() {
            return None;
        }
        let hook = |events: &[RouteEvent]| {
            before_commit(events).map_err(|why| rusqlite::Error::UserFunctionError(why.into()))
        };
        let outcome = self
            .groups
            .commit(&self.connection, &mut jobs, hook)
            .map_err(|error| error.to_string());
        Some(Group { jobs, outcome })
    }

    /// Takes the check in memory away: then only the key keeps a leg from being sold twice.
    pub fn ignore_legs(&mut self) {
        self.groups.ignores_legs = true;
    }

    /// Puts a group into the committed stream. Not from inside a runtime.
    pub fn tell(&self, group: CommittedGroup) {
        self.feed.tell_blocking(group);
    }
}

impl Group {
    pub fn commands(&self) -> usize {
        self.jobs.len()
    }

    /// The group for viewers, if there is one, or why nothing was committed.
    pub fn outcome(&self) -> Result<Option<&CommittedGroup>, &str> {
        match &self.outcome {
            Ok(committed) => Ok(committed.as_ref()),
            Err(cause) => Err(cause),
        }
    }

    /// Answers all callers of these commands.
    pub fn answer(self) {
        let failed = |cause: String| Uncommitted { outage: None, cause };
        let committed = self.outcome.map(drop).map_err(failed);
        for job in self.jobs {
            job.answer(committed.as_ref().copied());
        }
    }
}

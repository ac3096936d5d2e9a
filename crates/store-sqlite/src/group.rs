//! Group commit as a plain function: some jobs in, one transaction, their results out.
//!
//! Commands on the inventory are decided in memory and written together at the end, so one that is
//! refused leaves nothing to undo. A job that reads tables by itself finds the changes of the
//! commands before it, because they are written first.
//!
//! A job that fails leaves nothing behind, and one commit makes all the others durable together.
//! When one fails after it has written, or a decision cannot be written, the group is undone and
//! run again with a savepoint for each job. That is rare, and so the savepoints are only made then:
//! keeping a copy of every page that a job touches would cost every sale a tenth of its time.
//! Nothing here waits, spawns or answers: the writer thread does that, and a simulator can drive
//! the same step.

use std::io;

use domain::RouteEvent;
use rusqlite::Connection;
use store::{CommittedGroup, GroupHead, GroupId, Outage, StoreError, WorkingSet};

use crate::chance::Chance;
use crate::db::Db;
use crate::fault::{Fault, is_constraint};
use crate::inside::Inside;
use crate::inventory;
use crate::known_users::KnownUsers;
use crate::table::group;

/// One command with a place for its result.
pub(crate) trait Job: Send {
    /// Does the work. An error undoes this job alone. If its first run was undone, a second run
    /// does the same work on what it finds then.
    fn run(&mut self, inside: &mut Inside<'_>) -> std::result::Result<(), Undo>;
    /// Whether it reads or writes routes, tickets or what belongs to them without the working set.
    fn changes_inventory_by_itself(&self) -> bool;
    /// Its decision could not be written: this becomes its result.
    fn fail(&mut self, fault: Fault);
    /// The request that it is done for; none for the program's own work.
    fn request_id(&self) -> Option<&str> {
        None
    }
    /// Answers the caller, after the result of the whole group is known.
    fn answer(self: Box<Self>, committed: std::result::Result<(), &Uncommitted>);
}

/// The most requests that a line of the log names, of a larger group.
const REQUESTS_NAMED_MAX: usize = 16;

/// The requests of a group, as its lines of the log name them.
pub(crate) fn request_ids(jobs: &[Box<dyn Job>]) -> String {
    let ids = jobs.iter().filter_map(|job| job.request_id());
    ids.take(REQUESTS_NAMED_MAX).collect::<Vec<_>>().join(" ")
}

/// Why a job leaves nothing behind. The job keeps the fault for its own answer.
#[derive(Debug)]
pub(crate) struct Undo {
    /// SQLite's error, if it was SQLite: a full disk may undo the whole transaction at once.
    pub(crate) failure: Option<rusqlite::ffi::Error>,
    /// It ended in the middle: what it left in memory counts no more.
    pub(crate) has_panicked: bool,
}

/// Why nothing of a group may be acknowledged.
#[derive(Debug)]
pub(crate) struct Uncommitted {
    /// Set if a later try may succeed.
    pub(crate) outage: Option<Outage>,
    pub(crate) cause: String,
}

impl From<&Uncommitted> for StoreError {
    fn from(uncommitted: &Uncommitted) -> Self {
        match uncommitted.outage {
            Some(outage) => Self::Unavailable(outage),
            None => Self::failed(uncommitted.cause.clone()),
        }
    }
}

/// The writer's state from one group to the next.
#[derive(Debug)]
pub(crate) struct Groups {
    pub(crate) users: KnownUsers,
    set: WorkingSet,
    /// The group that the next one continues. `None` until it is read, and again after a failed
    /// commit, which may have happened.
    newest: Option<GroupHead>,
    chance: Chance,
    /// The process that writes these groups.
    writer: [u8; 16],
    /// See [`Inside::ignores_legs`].
    pub(crate) ignores_legs: bool,
}

impl Groups {
    pub(crate) fn new(users: KnownUsers, mut chance: Chance) -> io::Result<Self> {
        let writer = chance.draw()?;
        let set = WorkingSet::default();
        Ok(Self { users, set, newest: None, chance, writer, ignores_legs: false })
    }

    /// Runs the jobs, commits them together, and returns the group for viewers. On an error none of
    /// them happened. `before_commit` gets the events when everything is written and nothing is
    /// committed; its error fails the group.
    pub(crate) fn commit(
        &mut self,
        connection: &Db,
        jobs: &mut [Box<dyn Job>],
        before_commit: impl FnOnce(&[RouteEvent]) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<Option<CommittedGroup>> {
        let newest = match self.newest {
            Some(newest) => newest,
            None => group::newest_by_statement(connection)?,
        };
        let mut inside = Inside {
            connection,
            set: &mut self.set,
            users: &self.users,
            place_before: newest.last_place,
            events: Vec::new(),
            changed_users: Vec::new(),
            audited: Vec::new(),
            ignores_legs: &mut self.ignores_legs,
        };
        let link = Link { newest, chance: &mut self.chance, writer: self.writer };
        let outcome = begin_and_run(&mut inside, jobs, link, before_commit);
        // After the commit: if it were forgotten earlier, an account could be read again in its old
        // state. And before the answer: a caller that knows of the change must not get the old
        // account again. A commit that failed may have happened.
        self.users.forget(&inside.changed_users);
        if let Ok(committed) = &outcome {
            self.newest = Some(committed.as_ref().map_or(newest, CommittedGroup::head));
            self.set.keep_routes();
        } else {
            self.newest = None;
            // The set may hold what was read from, or decided on, rows that are now undone.
            self.set.forget_all();
            if !connection.is_autocommit() {
                statement(connection, "ROLLBACK")?;
            }
        }
        outcome
    }
}

/// The values that make a group a link of the chain.
struct Link<'a> {
    newest: GroupHead,
    chance: &'a mut Chance,
    writer: [u8; 16],
}

impl Link<'_> {
    /// A group without events is no link: it is not sent, and nothing looks for it.
    fn write(
        self,
        connection: &Connection,
        events: Vec<RouteEvent>,
    ) -> rusqlite::Result<Option<CommittedGroup>> {
        if events.is_empty() {
            return Ok(None);
        }
        let drawn = self.chance.draw();
        let id = drawn.map_err(|error| rusqlite::Error::UserFunctionError(error.into()))?;
        let committed = CommittedGroup::behind(&self.newest, GroupId(id), events);
        group::insert(connection, &committed, self.writer)?;
        Ok(Some(committed))
    }
}

fn begin_and_run(
    inside: &mut Inside<'_>,
    jobs: &mut [Box<dyn Job>],
    link: Link<'_>,
    before_commit: impl FnOnce(&[RouteEvent]) -> rusqlite::Result<()>,
) -> rusqlite::Result<Option<CommittedGroup>> {
    let connection = inside.connection;
    inside.untell(0);
    statement(connection, "BEGIN IMMEDIATE")?;
    if !run_together(inside, jobs)? {
        let (commands, request_ids) = (jobs.len(), request_ids(jobs));
        tracing::warn!(commands, request_ids, "a group of commands is run again, one by one");
        inside.set.forget_all();
        inside.untell(0);
        statement(connection, "ROLLBACK")?;
        statement(connection, "BEGIN IMMEDIATE")?;
        run_one_by_one(inside, jobs)?;
    }
    let events = std::mem::take(&mut inside.events);
    before_commit(&events)?;
    let committed = link.write(connection, events)?;
    statement(connection, "COMMIT")?;
    Ok(committed)
}

/// Returns false as soon as one fails that has written something or has panicked, or whose decision
/// cannot be written.
fn run_together(inside: &mut Inside<'_>, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<bool> {
    for job in jobs {
        if job.changes_inventory_by_itself() && flush(inside)?.is_err() {
            return Ok(false);
        }
        // A failed statement takes back its own changes and does not count here.
        let rows = inside.connection.total_changes();
        if let Err(undo) = job.run(inside) {
            still_open(inside.connection, undo.failure)?;
            if undo.has_panicked || inside.connection.total_changes() != rows {
                return Ok(false);
            }
        }
    }
    Ok(flush(inside)?.is_ok())
}

/// Writes the commands' changes. The inner error is of one of the commands and would be the same
/// again; the outer one is of the whole group.
fn flush(inside: &mut Inside<'_>) -> rusqlite::Result<Result<(), Fault>> {
    let Err(fault) = inventory::flush(inside) else { return Ok(Ok(())) };
    still_open(inside.connection, fault.failure())?;
    match fault {
        Fault::Sqlite(error) if !is_constraint(&error) => Err(error),
        fault => Ok(Err(fault)),
    }
}

/// A full disk or an I/O error may have undone the whole transaction, and with it the group: then
/// that is the group's error, and not the missing transaction at the rollback.
fn still_open(
    connection: &Connection,
    failure: Option<rusqlite::ffi::Error>,
) -> rusqlite::Result<()> {
    match failure {
        Some(failure) if connection.is_autocommit() => {
            Err(rusqlite::Error::SqliteFailure(failure, None))
        }
        _ => Ok(()),
    }
}

fn run_one_by_one(inside: &mut Inside<'_>, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    for job in jobs {
        statement(inside.connection, "SAVEPOINT job")?;
        let told = inside.events.len();
        let failed = match job.run(inside) {
            Err(undo) => {
                still_open(inside.connection, undo.failure)?;
                true
            }
            Ok(()) => match flush(inside)? {
                Err(fault) => {
                    job.fail(fault);
                    true
                }
                Ok(()) => false,
            },
        };
        if failed {
            inside.set.forget_all();
            inside.untell(told);
            statement(inside.connection, "ROLLBACK TO job")?;
        }
        statement(inside.connection, "RELEASE job")?;
    }
    Ok(())
}

pub(crate) fn statement(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

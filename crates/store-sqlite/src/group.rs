//! Group commit as a plain function: some jobs in, one transaction, their fates out.
//!
//! A job that fails leaves nothing behind, and one commit makes all the others durable together. Most
//! of those that fail are refused before they write anything. For the rest the group is undone and
//! run once more with a savepoint for each job: keeping a copy of every page that a job touches, in
//! case that it fails, would cost every sale a tenth of its time. Nothing here waits, spawns or
//! answers: the writer thread does that, and a simulator can drive the same step.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{RouteEvent, RouteId, UserId};
use rusqlite::Connection;
use store::{Outage, RouteView, StoreError};

use crate::fault::Result;
use crate::known_users::KnownUsers;

/// The database inside the writer's transaction, and what is gathered there.
#[derive(Debug)]
pub(crate) struct Inside<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) routes: &'a mut RouteCache,
    pub(crate) users: &'a KnownUsers,
    /// Events of the jobs so far, in the order in which they are committed.
    pub(crate) events: Vec<RouteEvent>,
    /// Accounts that the jobs have changed: forgotten when the fate of the group is known.
    pub(crate) changed_users: Vec<UserId>,
}

/// Routes that the writer has read lately: stops, fares and bus of a route on sale hardly ever
/// change, and every change passes through this writer, which forgets them then.
#[derive(Debug, Default)]
pub(crate) struct RouteCache(HashMap<RouteId, Arc<RouteView>>);

/// Routes kept; one more makes room by forgetting any other.
const ROUTES_CACHED_MAX: usize = 1_024;

impl RouteCache {
    /// The route but for its numbers, which move with every event and are never taken from here.
    pub(crate) fn get(
        &mut self,
        id: RouteId,
        load: impl FnOnce() -> Result<Option<RouteView>>,
    ) -> Result<Option<Arc<RouteView>>> {
        if let Some(view) = self.0.get(&id) {
            return Ok(Some(Arc::clone(view)));
        }
        let Some(view) = load()?.map(Arc::new) else { return Ok(None) };
        if self.0.len() >= ROUTES_CACHED_MAX
            && let Some(any) = self.0.keys().next().copied()
        {
            self.0.remove(&any);
        }
        self.0.insert(id, Arc::clone(&view));
        Ok(Some(view))
    }

    pub(crate) fn forget(&mut self, id: RouteId) {
        self.0.remove(&id);
    }

    pub(crate) fn forget_all(&mut self) {
        self.0.clear();
    }
}

/// One command with a place for its result.
pub(crate) trait Job: Send {
    /// Does the work. An error undoes it, and it alone. Run again after its first run was undone, it
    /// does the same work on what it finds then.
    fn run(&mut self, inside: &mut Inside<'_>) -> std::result::Result<(), Undo>;
    /// Tells whoever waits, after the fate of the whole group is known.
    fn answer(self: Box<Self>, committed: std::result::Result<(), &Uncommitted>);
}

/// Why a job leaves nothing behind. The job keeps the fault for its own answer.
#[derive(Debug)]
pub(crate) struct Undo {
    /// What SQLite said, if it was SQLite: a full disk may undo the whole transaction on the spot.
    pub(crate) failure: Option<rusqlite::ffi::Error>,
}

/// Why nothing of a group may be acknowledged.
#[derive(Debug)]
pub(crate) struct Uncommitted {
    /// Set if it is worth coming back later.
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

/// Runs the jobs and commits them together. On an error none of them happened. `before_commit` sees
/// the events when everything is written and nothing is committed; its error fails the group.
pub(crate) fn commit_group(
    connection: &Connection,
    routes: &mut RouteCache,
    users: &KnownUsers,
    jobs: &mut [Box<dyn Job>],
    before_commit: impl FnOnce(&[RouteEvent]) -> rusqlite::Result<()>,
) -> rusqlite::Result<Vec<RouteEvent>> {
    let mut inside =
        Inside { connection, routes, users, events: Vec::new(), changed_users: Vec::new() };
    let outcome = begin_and_run(&mut inside, jobs, before_commit);
    // After the commit: forgotten before it, an account could be read again as it was. And before the
    // answer: who was told of the change must not meet the old account again. A commit that failed
    // may have happened.
    users.forget(&inside.changed_users);
    if outcome.is_err() {
        // What was cached may have been read from what is now undone.
        routes.forget_all();
        if !connection.is_autocommit() {
            statement(connection, "ROLLBACK")?;
        }
    }
    outcome
}

fn begin_and_run(
    inside: &mut Inside<'_>,
    jobs: &mut [Box<dyn Job>],
    before_commit: impl FnOnce(&[RouteEvent]) -> rusqlite::Result<()>,
) -> rusqlite::Result<Vec<RouteEvent>> {
    let connection = inside.connection;
    statement(connection, "BEGIN IMMEDIATE")?;
    if !run_together(inside, jobs)? {
        inside.events.clear();
        // What was cached may have been read from what is now undone.
        inside.routes.forget_all();
        statement(connection, "ROLLBACK")?;
        statement(connection, "BEGIN IMMEDIATE")?;
        run_one_by_one(inside, jobs)?;
    }
    let events = std::mem::take(&mut inside.events);
    before_commit(&events)?;
    statement(connection, "COMMIT")?;
    Ok(events)
}

/// False as soon as one fails that has written something.
fn run_together(inside: &mut Inside<'_>, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<bool> {
    for job in jobs {
        // A statement that fails takes back what it did by itself and does not count here.
        let rows = inside.connection.total_changes();
        if let Err(undo) = job.run(inside) {
            still_open(inside.connection, &undo)?;
            if inside.connection.total_changes() != rows {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// A full disk or an I/O error may have undone the whole transaction, and with it the group: then
/// that is the group's error, and not that there is nothing to roll back any more.
fn still_open(connection: &Connection, undo: &Undo) -> rusqlite::Result<()> {
    match undo.failure {
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
        if let Err(undo) = job.run(inside) {
            still_open(inside.connection, &undo)?;
            inside.events.truncate(told);
            statement(inside.connection, "ROLLBACK TO job")?;
        }
        statement(inside.connection, "RELEASE job")?;
    }
    Ok(())
}

fn statement(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

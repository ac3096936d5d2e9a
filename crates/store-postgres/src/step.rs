//! The step of a group, under the clock: facts, then decisions.
//!
//! Invariant: every job gets a result, or the group gets an error and nothing of it is kept.
//! Commands that write nothing by themselves are decided together, on facts that were read for all
//! of them at once.

use domain::RouteEvent;
use jiff::Timestamp;
use store::{CommandError, Envelope, Wanted, WorkingSet};
use tracing::{Instrument as _, Span};

use crate::clock::Head;
use crate::db::Db;
use crate::door;
use crate::fault::{Fault, Result};
use crate::group::Inside;
use crate::job::Job;
use crate::kept_routes::{self, KeptAt, Link};
use crate::load::{self, Named};
use crate::{clock, writes};

/// Whose clock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// The database's: holds end and departures close by it, not by a node's own clock.
    Database,
    /// The callers' time: for tests that run through days in milliseconds.
    #[cfg(feature = "simulation")]
    Callers,
}

/// Reads the newest group, the groups after the one that the kept routes are of, and what the first
/// jobs name, in one round trip. The clock must be had by then; it may be asked for just before, as
/// the server carries out what it is sent one after another.
pub(crate) async fn begin(
    db: Db<'_>,
    set: &mut WorkingSet,
    jobs: &[Job],
    kept: Option<KeptAt>,
) -> Result<(Head, Vec<Link>, Named)> {
    let wanted = wanted(&jobs[..together(jobs)]);
    tokio::try_join!(clock::head(db), kept_routes::links(db, kept), load::named(db, set, &wanted))
}

/// Decides all jobs. Changes that are not written yet stay in the set.
pub(crate) async fn decide(
    inside: &mut Inside<'_>,
    jobs: &mut [Job],
    named: Named,
    ignores_legs: bool,
) -> Result<()> {
    let mut named = Some(named);
    let mut rest = jobs;
    while !rest.is_empty() {
        let (now, later) = rest.split_at_mut(together(rest));
        let wanted = wanted(now);
        let read = match named.take() {
            Some(named) => named,
            None => load::named(inside.db, inside.set, &wanted).await?,
        };
        load::complete(inside.db, inside.set, &wanted, read).await?;
        for job in &mut *now {
            if door::is_by_itself(&job.envelope) {
                flush(inside).await?;
                let decided = door::by_itself(inside, &job.envelope).instrument(decides(job));
                let result = decided.instrument(job.span.clone()).await?;
                job.result = Some(told(result)?);
            } else {
                if ignores_legs {
                    inside.set.facts().forget_legs();
                }
                let decide = || decides(job).in_scope(|| door::decide(inside, &job.envelope));
                let result = job.span.in_scope(decide);
                job.result = Some(told(result)?);
            }
        }
        rest = later;
    }
    Ok(())
}

/// The collector's span of a decision, below the span of the caller that waits for the commit.
fn decides(job: &Job) -> Span {
    tracing::info_span!(target: "traces", parent: &job.span, "store.decide")
}

/// A refusal is a job's own; any other error that a job meets in memory is the group's.
fn told(
    result: Result<std::result::Result<store::Done, domain::Refusal>>,
) -> Result<std::result::Result<store::Done, CommandError>> {
    match result {
        Ok(kept) => Ok(kept.map_err(CommandError::from)),
        Err(Fault::Refused(refusal)) => Ok(Err(refusal.into())),
        Err(fault) => Err(fault),
    }
}

/// How many jobs are decided on what was read together: up to and including the first that writes
/// by itself.
fn together(jobs: &[Job]) -> usize {
    let by_itself = jobs.iter().position(|job| door::is_by_itself(&job.envelope));
    by_itself.map_or(jobs.len(), |at| at + 1)
}

fn wanted(jobs: &[Job]) -> Wanted {
    Wanted::of(jobs.iter().map(|job| &job.envelope))
}

/// Writes the changes of the commands so far, for a job that reads tables by itself.
async fn flush(inside: &mut Inside<'_>) -> Result<()> {
    let written = inside.set.take_writes();
    writes::batch(&written, inside.db.keys()).run(inside.db).await?;
    inside.events.extend(written.events.into_iter().map(RouteEvent::Seat));
    Ok(())
}

/// The time of a group goes into all of its writes; by callers' time the group has theirs, if that
/// is later.
pub(crate) fn set_time(jobs: &mut [Job], time: Time, now: Timestamp) -> Timestamp {
    if time == Time::Database {
        for Job { envelope: Envelope { now: of_write, .. }, .. } in jobs {
            *of_write = now;
        }
        return now;
    }
    jobs.iter().map(|job| job.envelope.now).fold(now, Timestamp::max)
}

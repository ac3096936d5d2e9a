//! One try of a group: one transaction, from the clock to the commit.

use std::sync::atomic::Ordering;

use deadpool_postgres::Object;
use domain::{ChangedRoutes, RouteEvent};
use futures_util::future::try_join;
use jiff::Timestamp;
use store::{CommittedGroup, DataKeys, GroupHead, GroupId, GroupNumber, Writes};
use tokio::time::{Duration, timeout};
use tokio_postgres::error::SqlState;

use super::task::{Task, random_id};
use crate::clock::{self, Head};
use crate::commit::{self, Committed, Group};
use crate::db::Db;
use crate::fault::{Fault, Result};
use crate::group::Inside;
use crate::job::Job;
use crate::kept_routes::{self, KeptAt, Link};
use crate::load::Named;
use crate::notifies::Notifies;
use crate::{step, writes};

/// The limits up to the commit, and for the commit. The database has shorter limits for its own
/// work; these are for a database that does not answer.
const DECIDED_SECONDS: u64 = 8;
const COMMITTED_SECONDS: u64 = 20;

/// To end a transaction whose connection is to be used again.
const LEFT_SECONDS: u64 = 1;

/// Why a group was not acknowledged.
#[derive(Debug)]
pub(super) enum Failed {
    /// One of its commands would fail by itself.
    Poison(Fault),
    /// Nothing of the group is kept, and it may be tried again.
    Whole(Fault),
    /// Committed, but with a warning of the server.
    Warned(CommittedGroup),
    /// Whether it was committed is not known.
    Unknown { row: Group, group: CommittedGroup, fault: Fault },
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        if fault.is_of_a_command() { Self::Poison(fault) } else { Self::Whole(fault) }
    }
}

/// A group that is decided and not written.
struct Decided {
    written: Writes,
    changed: ChangedRoutes,
    committed: CommittedGroup,
    row: Group,
    now: Timestamp,
}

impl Task {
    /// Decisions of a failed try are forgotten.
    pub(super) async fn attempt(
        &mut self,
        jobs: &mut Vec<Job>,
        may_fill: bool,
    ) -> std::result::Result<CommittedGroup, Failed> {
        let client = self.pool.get().await.map_err(|error| Failed::Whole(error.into()))?;
        let keys = self.keys.clone();
        #[cfg(feature = "simulation")]
        if self.by_turns.load(Ordering::Acquire) {
            std::mem::swap(&mut self.set, &mut self.others.0);
            std::mem::swap(&mut self.kept_at, &mut self.others.1);
        }
        let outcome = self.in_transaction(Db::new(&client, &keys), jobs, may_fill).await;
        if outcome.is_ok() {
            self.set.keep_routes();
            return outcome;
        }
        self.set.forget_all();
        self.kept_at = None;
        match &outcome {
            // The connection has ended by itself, or its state is unknown: a new one is made.
            Err(Failed::Warned(_) | Failed::Unknown { .. }) => drop(Object::take(client)),
            _ => leave(client, &outcome).await,
        }
        outcome
    }

    async fn in_transaction(
        &mut self,
        db: Db<'_>,
        jobs: &mut Vec<Job>,
        may_fill: bool,
    ) -> std::result::Result<CommittedGroup, Failed> {
        let warned_before = self.warnings.count();
        // Boxed: it is large, and part of every future around it.
        let decided = within_the_limit(Box::pin(self.decided(db, jobs, may_fill))).await?;
        let Decided { written, changed, committed: group, row, now } = decided;
        let mut batch = writes::batch(&written, db.keys());
        commit::add_group(&mut batch, &row, &changed, now);
        if self.notifies == Notifies::Yes {
            commit::add_notice(&mut batch, &row);
        }
        let limit = Duration::from_secs(COMMITTED_SECONDS);
        let committed = timeout(limit, commit::commit(db, batch, &row)).await;
        match committed.unwrap_or(Committed::Unknown(Fault::TimedOut)) {
            Committed::Yes if self.warnings.count() != warned_before => Err(Failed::Warned(group)),
            Committed::Yes => {
                self.kept_at = Some(KeptAt { number: row.number, id: row.id });
                Ok(group)
            }
            Committed::No(fault) => Err(fault.into()),
            Committed::Unknown(fault) => Err(Failed::Unknown { row, group, fault }),
        }
    }

    async fn decided(
        &mut self,
        db: Db<'_>,
        jobs: &mut Vec<Job>,
        may_fill: bool,
    ) -> Result<Decided> {
        let (head, links, named) = self.begin(db, jobs, may_fill).await?;
        let is_shared = self.kept_at.is_some_and(|kept| kept.id != head.id);
        self.closes_late = is_shared || jobs.len() > 1;
        let changed = kept_routes::changed_between(self.kept_at, links, &head);
        self.set.facts().outdate_routes(changed);
        let now = step::set_time(jobs, self.time, head.now);
        self.set.facts().set_last_position(head.last_place);
        let (set, events, audited) = (&mut self.set, Vec::new(), Vec::new());
        let mut inside = Inside { db, set, events, audited };
        let ignores_legs = self.ignores_legs.load(Ordering::Acquire);
        step::decide(&mut inside, jobs, named, ignores_legs).await?;
        let changed = inside.set.facts().take_changed_routes();
        let (written, mut events) = (inside.set.take_writes(), inside.events);
        events.extend(written.events.iter().cloned().map(RouteEvent::Seat));
        let newest = GroupHead {
            number: GroupNumber::new(head.number),
            id: GroupId(head.id.into_bytes()),
            last_place: head.last_place,
        };
        let id = random_id();
        let committed = CommittedGroup::behind(&newest, GroupId(id.into_bytes()), events);
        let (number, last_place) = (committed.number.get(), committed.last_place);
        let row = Group { number, last_place, id, id_before: head.id, writer: self.node };
        Ok(Decided { written, changed, committed, row, now })
    }

    /// Takes the clock and reads what stands there, in one round trip. Where jobs come one behind
    /// the other, or another process has the clock meanwhile, in two: the group is closed only once
    /// it has the clock, so that what came until then joins. A large group saves more than a wait.
    async fn begin(
        &mut self,
        db: Db<'_>,
        jobs: &mut Vec<Job>,
        may_fill: bool,
    ) -> Result<(Head, Vec<Link>, Named)> {
        let taken = clock::take(db);
        if self.closes_late {
            taken.await?;
            if may_fill {
                self.lanes.fill(jobs);
            }
            return step::begin(db, &mut self.set, jobs, self.kept_at).await;
        }
        if may_fill {
            self.lanes.fill(jobs);
        }
        // Polled in this order, so sent in this order.
        let begun = try_join(taken, step::begin(db, &mut self.set, jobs, self.kept_at)).await?;
        Ok(begun.1)
    }
}

pub(super) async fn within_the_limit<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let limit = Duration::from_secs(DECIDED_SECONDS);
    timeout(limit, work).await.unwrap_or(Err(Fault::TimedOut))
}

/// Ends the transaction, so that the connection can be used again; or ends the connection. After a
/// wait for the clock without success it looks for a holder that stalls.
pub(super) async fn leave<T, E: WaitedInVain>(client: Object, outcome: &std::result::Result<T, E>) {
    let waited_in_vain = outcome.as_ref().is_err_and(WaitedInVain::waited_in_vain);
    // No personal value is read.
    let keys = DataKeys::default();
    let db = Db::new(&client, &keys);
    let left = async {
        db.batch("ROLLBACK").await?;
        if waited_in_vain {
            let ended = clock::end_stalled(db).await?;
            tracing::warn!(
                ended,
                "the clock was not to be had for a second; stalled holders are ended"
            );
        }
        Ok::<(), Fault>(())
    };
    if !matches!(timeout(Duration::from_secs(LEFT_SECONDS), left).await, Ok(Ok(()))) {
        drop(Object::take(client));
    }
}

/// An error that may mean that another process had the clock all the time.
pub(super) trait WaitedInVain {
    fn waited_in_vain(&self) -> bool;
}

impl WaitedInVain for Fault {
    fn waited_in_vain(&self) -> bool {
        matches!(self, Self::Postgres(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE))
    }
}

impl WaitedInVain for Failed {
    fn waited_in_vain(&self) -> bool {
        matches!(self, Self::Whole(fault) if fault.waited_in_vain())
    }
}

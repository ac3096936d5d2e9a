//! Groups of the writer's task: tried until they are committed, refused, or too late.
//!
//! Only a fault of one command splits a group. Every other fault (a lost connection, a time-out, a
//! deadlock, a standby) is the group's, which is tried again whole, until its commands' deadlines.
//! A full disk is answered at once. When it is unknown whether a group was committed, that is found
//! out first: under the clock, so that the answer stays true.

use std::collections::VecDeque;
use std::time::Instant;

use store::{CommittedGroup, Outage, StoreError};
use tokio::time::{Duration, sleep};
use uuid::Uuid;

use crate::clock;
use crate::db::Db;
use crate::fault::{Fault, Result};
use crate::job::{Job, give_up_late, request_ids};
use crate::writer::attempt::{Failed, leave, within_the_limit};
use crate::writer::task::{Task, pause};

/// A group that takes longer gets a line in the log: all later ones wait for it.
const GROUP_SLOW: Duration = Duration::from_secs(1);

/// What remains to be done with a group after a try.
enum Left {
    /// All are answered.
    Nothing,
    /// It is tried again.
    Again(Vec<Job>, Fault),
    /// Each of them is carried out by itself.
    Split(Vec<Job>),
}

impl Task {
    pub(super) async fn run(mut self) {
        let mut jobs = Vec::new();
        while self.lanes.wait(&mut jobs).await {
            let split = self.carry_out(std::mem::take(&mut jobs), true).await;
            let mut alone = VecDeque::from(split);
            while let Some(job) = alone.pop_front() {
                let nothing = self.carry_out(vec![job], false).await;
                assert!(nothing.is_empty(), "what is alone is not split");
            }
        }
    }

    /// Runs until all of its jobs are answered; or returns those that are to be carried out one by
    /// one.
    async fn carry_out(&mut self, mut jobs: Vec<Job>, may_fill: bool) -> Vec<Job> {
        let mut tries = 0;
        loop {
            let begun = Instant::now();
            let tried = self.attempt(&mut jobs, may_fill).await;
            self.note(&jobs, begun.elapsed());
            let (rest, fault) = match self.left_after(tried, jobs).await {
                Left::Nothing => return Vec::new(),
                Left::Split(jobs) => return jobs,
                Left::Again(jobs, fault) => (jobs, fault),
            };
            let outage = fault.outage().unwrap_or(Outage::Unreachable);
            self.is_out(outage, &fault, &rest);
            jobs = rest;
            // No waiting makes space, and callers who are kept waiting learn nothing. The next
            // group tries it again.
            if outage == Outage::NoSpace {
                jobs.into_iter().for_each(|job| job.fail(StoreError::Unavailable(outage).into()));
                return Vec::new();
            }
            give_up_late(&mut jobs, outage);
            self.lanes.give_up_late(outage);
            if jobs.is_empty() {
                return Vec::new();
            }
            sleep(pause(tries)).await;
            tries += 1;
        }
    }

    /// Answers the jobs whose end is known, and returns what is left of the group.
    async fn left_after(
        &mut self,
        tried: std::result::Result<CommittedGroup, Failed>,
        mut jobs: Vec<Job>,
    ) -> Left {
        match tried {
            Ok(group) => {
                self.tell(group, jobs).await;
                Left::Nothing
            }
            Err(Failed::Poison(fault)) => match <[Job; 1]>::try_from(jobs) {
                Ok([job]) => {
                    job.fail(fault.into_answer());
                    Left::Nothing
                }
                Err(jobs) => {
                    let (commands, request_ids) = (jobs.len(), request_ids(&jobs));
                    tracing::warn!(
                        %fault, commands, request_ids, "a group of commands is run again, one by one"
                    );
                    Left::Split(jobs)
                }
            },
            // It is in the database and viewers see what queries see; but it may be lost with this
            // server, so no caller may get it as certain.
            Err(Failed::Warned(group)) => {
                self.is_out(Outage::Unreachable, &Fault::Warned, &jobs);
                self.feed.tell(group).await;
                for job in jobs {
                    job.fail(StoreError::Unavailable(Outage::Unreachable).into());
                }
                Left::Nothing
            }
            Err(Failed::Whole(fault)) => Left::Again(jobs, fault),
            Err(Failed::Unknown { row, group, fault }) => {
                self.is_out(Outage::Unreachable, &fault, &jobs);
                if self.is_committed(row.id, &mut jobs).await {
                    self.tell(group, jobs).await;
                    return Left::Nothing;
                }
                Left::Again(jobs, fault)
            }
        }
    }

    /// First to viewers, then to the callers: when a caller has its answer, the group was sent
    /// already.
    async fn tell(&mut self, group: CommittedGroup, jobs: Vec<Job>) {
        self.condition.is_well();
        self.feed.tell(group).await;
        jobs.into_iter().for_each(Job::answer);
    }

    /// Asks until the database has answered. No other group begins before that: else it could be
    /// decided on a group that no viewer was sent. Jobs whose time is over are answered meanwhile.
    async fn is_committed(&mut self, id: Uuid, jobs: &mut Vec<Job>) -> bool {
        let mut tries = 0;
        loop {
            match self.look_for(id).await {
                Ok(found) => {
                    tracing::warn!(found, group = %id, "it is known what became of a group");
                    return found;
                }
                Err(fault) => {
                    tracing::debug!(%fault, group = %id, "it is not known yet what became of a group");
                }
            }
            give_up_late(jobs, Outage::Unreachable);
            self.lanes.give_up_late(Outage::Unreachable);
            sleep(pause(tries)).await;
            tries += 1;
        }
    }

    /// Once this has the clock, the group is there or never will be: a process that was about to
    /// commit it had the clock. One that is there may be there alone: a server that is shut down
    /// commits, without waiting for its standbys any longer. It counts once they have it.
    async fn look_for(&mut self, id: Uuid) -> Result<bool> {
        let client = self.pool.get().await?;
        let db = Db::new(&client, &self.keys);
        let warned_before = self.warnings.count();
        let asked = async {
            clock::take(db).await?;
            let found = clock::is_committed(db, id).await?;
            if found {
                clock::commit_behind_it(db).await?;
            }
            Ok(found)
        };
        let found = within_the_limit(asked).await;
        if matches!(found, Ok(true)) {
            let is_warned = self.warnings.count() != warned_before;
            return if is_warned { Err(Fault::Warned) } else { Ok(true) };
        }
        leave(client, &found).await;
        found
    }

    fn is_out(&self, outage: Outage, fault: &Fault, jobs: &[Job]) {
        let (cause, request_ids) = (fault.to_string(), request_ids(jobs));
        if !self.condition.is_out(outage, &cause, &request_ids) {
            tracing::debug!(cause, request_ids, "a group of commands was not committed");
        }
    }

    fn note(&self, jobs: &[Job], took: Duration) {
        store::metrics::note_group(jobs.len(), self.lanes.waiting(), took);
        if took > GROUP_SLOW {
            let (commands, request_ids) = (jobs.len(), request_ids(jobs));
            let duration_ms = took.as_millis();
            tracing::warn!(duration_ms, commands, request_ids, "a group of commands was slow");
        }
    }
}

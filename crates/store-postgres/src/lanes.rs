//! The queue of the writer, in two lanes: writes that end something under way, and all others.
//!
//! Settled payments and ended holds go first: they are few, they make room, and a crowd of buyers
//! must not hold them up. Within a lane the order is that of arrival.

use std::collections::VecDeque;

use domain::Command;
use domain::command::HoldCommand;
use store::{Envelope, Outage, StoreError, Write};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::job::{self, Job};

/// Writes that may wait in each lane; one more is refused (503, `Retry-After`).
pub const COMMANDS_WAITING_MAX: usize = 4_096;

/// The most writes committed together: so the wait of all later ones is bounded.
pub const GROUP_MAX: usize = 256;

/// The callers' end.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    first: Sender<Job>,
    rest: Sender<Job>,
}

/// The writer's end.
#[derive(Debug)]
pub(crate) struct Lanes {
    first: Lane,
    rest: Lane,
}

#[derive(Debug)]
struct Lane {
    waiting: Receiver<Job>,
    /// Taken out of the channel to check their deadlines, in the order in which they came.
    looked_at: VecDeque<Job>,
}

pub(crate) fn lanes() -> (Queue, Lanes) {
    let (to_first, first) = lane();
    let (to_rest, rest) = lane();
    (Queue { first: to_first, rest: to_rest }, Lanes { first, rest })
}

fn lane() -> (Sender<Job>, Lane) {
    let (sender, waiting) = mpsc::channel(COMMANDS_WAITING_MAX);
    (sender, Lane { waiting, looked_at: VecDeque::new() })
}

impl Queue {
    pub(crate) fn put(&self, job: Job) -> Result<(), StoreError> {
        let lane = if goes_first(&job.envelope) { &self.first } else { &self.rest };
        Ok(lane.try_send(job)?)
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.rest.is_closed()
    }
}

fn goes_first(envelope: &Envelope) -> bool {
    matches!(
        &envelope.write,
        Write::Inventory(
            Command::SettlePayment(_)
                | Command::FinishRefund(_)
                | Command::Expire(_)
                | Command::Hold(HoldCommand::Expire(_))
        )
    )
}

impl Lanes {
    /// Waits for a write. False when nothing waits and nothing can come any more.
    pub(crate) async fn wait(&mut self, jobs: &mut Vec<Job>) -> bool {
        let job = tokio::select! {
            biased;
            Some(job) = self.first.wait() => Some(job),
            Some(job) = self.rest.wait() => Some(job),
            else => None,
        };
        let is_open = job.is_some();
        jobs.extend(job);
        is_open
    }

    /// Fills a group with what waits by now.
    pub(crate) fn fill(&mut self, jobs: &mut Vec<Job>) {
        for lane in [&mut self.first, &mut self.rest] {
            while jobs.len() < GROUP_MAX
                && let Some(job) = lane.next()
            {
                jobs.push(job);
            }
        }
        // The one that `wait` returned may have come before writes that go first.
        jobs.sort_by_key(|job| !goes_first(&job.envelope));
    }

    /// Answers those whose time is over: while a database does not answer, each group takes the
    /// full time, and a job behind many groups would wait for each of them.
    pub(crate) fn give_up_late(&mut self, outage: Outage) {
        self.first.give_up_late(outage);
        self.rest.give_up_late(outage);
    }

    /// How many writes wait for the next groups.
    pub(crate) fn waiting(&self) -> usize {
        self.first.len() + self.rest.len()
    }
}

impl Lane {
    /// `None` when nothing waits and nothing can come any more. Nothing is lost where the caller
    /// stops waiting.
    async fn wait(&mut self) -> Option<Job> {
        match self.looked_at.pop_front() {
            Some(job) => Some(job),
            None => self.waiting.recv().await,
        }
    }

    fn next(&mut self) -> Option<Job> {
        self.looked_at.pop_front().or_else(|| self.waiting.try_recv().ok())
    }

    fn give_up_late(&mut self, outage: Outage) {
        while self.looked_at.len() < COMMANDS_WAITING_MAX
            && let Ok(job) = self.waiting.try_recv()
        {
            self.looked_at.push_back(job);
        }
        let mut jobs = std::mem::take(&mut self.looked_at).into();
        job::give_up_late(&mut jobs, outage);
        self.looked_at = jobs.into();
    }

    fn len(&self) -> usize {
        self.looked_at.len() + self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use domain::command::Expire;
    use domain::{Actor, TicketId};
    use jiff::Timestamp;
    use tokio::sync::oneshot;
    use tokio::time::Duration;

    use super::*;
    use crate::job::COMMAND_SECONDS;

    type Answer = oneshot::Receiver<Result<store::Done, store::CommandError>>;

    fn put(queue: &Queue, write: Write) -> Answer {
        let envelope = Envelope::new(write, Actor::System, Timestamp::UNIX_EPOCH);
        let (job, answer) = Job::new(envelope, Duration::from_secs(COMMAND_SECONDS));
        queue.put(job).unwrap();
        answer
    }

    fn expiry() -> Write {
        let expire = Expire { ticket_id: TicketId(uuid::Uuid::nil()) };
        Write::Inventory(Command::Expire(expire))
    }

    /// Also after an outage, in which the deadlines of all that waited were looked at.
    #[tokio::test]
    async fn ends_go_before_a_crowd_that_came_earlier() {
        for outages in 0..3 {
            let (queue, mut lanes) = lanes();
            let crowd: Vec<Answer> =
                (0..2 * GROUP_MAX).map(|_| put(&queue, Write::Nothing)).collect();
            let end = put(&queue, expiry());
            for _ in 0..outages {
                lanes.give_up_late(Outage::Unreachable);
            }
            let mut jobs = Vec::new();
            assert!(lanes.wait(&mut jobs).await);
            lanes.fill(&mut jobs);
            assert_eq!(jobs.len(), GROUP_MAX);
            assert!(goes_first(&jobs[0].envelope), "after {outages} outages");
            assert_eq!(lanes.waiting(), GROUP_MAX + 1);
            drop((crowd, end));
        }
    }
}

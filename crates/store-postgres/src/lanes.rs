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
    first: Receiver<Job>,
    rest: Receiver<Job>,
    /// Taken out of the lanes to check their deadlines, in the order in which they came.
    looked_at: VecDeque<Job>,
}

pub(crate) fn lanes() -> (Queue, Lanes) {
    let (to_first, first) = mpsc::channel(COMMANDS_WAITING_MAX);
    let (to_rest, rest) = mpsc::channel(COMMANDS_WAITING_MAX);
    (Queue { first: to_first, rest: to_rest }, Lanes { first, rest, looked_at: VecDeque::new() })
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
        let Self { first, rest, looked_at } = self;
        if let Some(job) = looked_at.pop_front() {
            jobs.push(job);
            return true;
        }
        let job = tokio::select! {
            biased;
            Some(job) = first.recv() => Some(job),
            Some(job) = rest.recv() => Some(job),
            else => None,
        };
        let is_open = job.is_some();
        jobs.extend(job);
        is_open
    }

    /// Fills a group with what waits by now.
    pub(crate) fn fill(&mut self, jobs: &mut Vec<Job>) {
        let mut room = GROUP_MAX.saturating_sub(jobs.len());
        let known = self.looked_at.len().min(room);
        jobs.extend(self.looked_at.drain(..known));
        room -= known;
        for lane in [&mut self.first, &mut self.rest] {
            while room > 0
                && let Ok(job) = lane.try_recv()
            {
                jobs.push(job);
                room -= 1;
            }
        }
        // The one that `wait` returned may have come before writes that go first.
        jobs.sort_by_key(|job| !goes_first(&job.envelope));
    }

    /// Answers those whose time is over: while a database does not answer, each group takes the
    /// full time, and a job behind many groups would wait for each of them.
    pub(crate) fn give_up_late(&mut self, outage: Outage) {
        for lane in [&mut self.first, &mut self.rest] {
            while self.looked_at.len() < COMMANDS_WAITING_MAX
                && let Ok(job) = lane.try_recv()
            {
                self.looked_at.push_back(job);
            }
        }
        let mut jobs = std::mem::take(&mut self.looked_at).into();
        job::give_up_late(&mut jobs, outage);
        self.looked_at = jobs.into();
    }

    /// How many writes wait for the next groups.
    pub(crate) fn waiting(&self) -> usize {
        self.first.len() + self.rest.len() + self.looked_at.len()
    }
}

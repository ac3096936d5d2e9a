//! A write that waits for its group: its envelope, its deadline, and the caller that waits for the
//! answer.

use store::{CommandError, Done, Envelope, Outage, StoreError};
use tokio::sync::oneshot;
use tokio::time::{Duration, Instant};
use tracing::Span;

/// How long a write is tried before it is answered as unavailable.
pub const COMMAND_SECONDS: u64 = 10;

/// The most requests that a line of the log names, of a larger group.
const REQUESTS_NAMED_MAX: usize = 16;

#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) envelope: Envelope,
    /// Its result if its group is committed.
    pub(crate) result: Option<Result<Done, CommandError>>,
    /// The caller's span: the work for the job runs under it.
    pub(crate) span: Span,
    deadline: Instant,
    reply: oneshot::Sender<Result<Done, CommandError>>,
}

impl Job {
    /// It is tried for this long.
    pub(crate) fn new(
        envelope: Envelope,
        patience: Duration,
    ) -> (Self, oneshot::Receiver<Result<Done, CommandError>>) {
        let (reply, answer) = oneshot::channel();
        let deadline = Instant::now() + patience;
        let span = Span::current();
        (Self { envelope, result: None, span, deadline, reply }, answer)
    }

    /// Answers with its result, after the commit.
    pub(crate) fn answer(self) {
        let result = self.result.unwrap_or_else(|| {
            unreachable!("a group is committed when every one of its writes has a result")
        });
        // The caller may have stopped waiting; the write was carried out all the same.
        drop(self.reply.send(result));
    }

    pub(crate) fn fail(self, error: CommandError) {
        drop(self.reply.send(Err(error)));
    }
}

/// Answers those whose time is over; the others stay.
pub(crate) fn give_up_late(jobs: &mut Vec<Job>, outage: Outage) {
    let now = Instant::now();
    let (late, rest): (Vec<Job>, Vec<Job>) =
        std::mem::take(jobs).into_iter().partition(|job| job.deadline <= now);
    *jobs = rest;
    for job in late {
        job.fail(StoreError::Unavailable(outage).into());
    }
}

/// The requests of a group, as its lines of the log name them.
pub(crate) fn request_ids(jobs: &[Job]) -> String {
    let ids = jobs.iter().filter_map(|job| job.envelope.sender.request_id.as_deref());
    ids.take(REQUESTS_NAMED_MAX).collect::<Vec<_>>().join(" ")
}

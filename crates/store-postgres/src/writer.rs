//! The writer: one task with the one connection that takes the clock.
//!
//! Invariants: an answer leaves only after the commit that contains it is certain; committed events
//! reach the stream in the order of commits and before their commands are answered; while it is
//! unknown whether a group was committed, no other is begun. The queue is bounded.

mod attempt;
mod carry_out;
mod task;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use domain::Actor;
use jiff::Timestamp;
use parking_lot::Mutex;
use store::{
    CommandError, CommittedFeed, Condition, DataKeys, Done, Envelope, StoreError, WorkingSet, Write,
};
use tokio::task::JoinHandle;
use tokio::time::Duration;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::connection::{Address, Warnings};
use crate::job::{COMMAND_SECONDS, Job};
use crate::lanes::{Queue, lanes};
use crate::notifies::Notifies;
use crate::step::Time;
use task::{Task, random_id};

/// How long a write is tried in tests that are not about deadlines.
#[cfg(feature = "simulation")]
const PATIENT_SECONDS: u64 = 300;

/// A cheap handle to the task. When the last one is dropped, the task finishes what waits and ends.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    queue: Queue,
    condition: Condition,
    node: Uuid,
    /// Only for tests: takes the check in memory away.
    #[cfg(feature = "simulation")]
    ignores_legs: Arc<AtomicBool>,
    /// Only for tests: two processes that write by turns must decide as one does.
    #[cfg(feature = "simulation")]
    by_turns: Arc<AtomicBool>,
    /// Only for tests: a machine without time for them must not fail what is not about deadlines.
    #[cfg(feature = "simulation")]
    is_patient: Arc<AtomicBool>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Writer {
    pub(crate) fn start(
        address: &Address,
        (notifies, keys): (Notifies, DataKeys),
        feed: CommittedFeed,
        time: Time,
    ) -> Self {
        let warnings = Warnings::default();
        let (queue, lanes) = lanes();
        let condition = Condition::default();
        let ignores_legs = Arc::new(AtomicBool::new(false));
        #[cfg(feature = "simulation")]
        let by_turns = Arc::new(AtomicBool::new(false));
        let node = random_id();
        let task = Task {
            keys,
            pool: address.pool(1, &warnings),
            warnings,
            feed,
            condition: condition.clone(),
            lanes,
            set: WorkingSet::default(),
            kept_at: None,
            closes_late: false,
            node,
            notifies,
            time,
            ignores_legs: Arc::clone(&ignores_legs),
            #[cfg(feature = "simulation")]
            by_turns: Arc::clone(&by_turns),
            #[cfg(feature = "simulation")]
            others: (WorkingSet::default(), None),
        };
        // Ends when the last handle is gone and nothing waits any more.
        let task = Arc::new(Mutex::new(Some(tokio::spawn(task.run()))));
        Self {
            queue,
            condition,
            node,
            #[cfg(feature = "simulation")]
            ignores_legs,
            #[cfg(feature = "simulation")]
            by_turns,
            #[cfg(feature = "simulation")]
            is_patient: Arc::default(),
            task,
        }
    }

    /// The id that the rows of this process's groups have.
    pub(crate) fn node(&self) -> Uuid {
        self.node
    }

    /// Queues a write and waits for the commit that contains it.
    pub(crate) async fn send(&self, envelope: Envelope) -> Result<Done, CommandError> {
        let system = "postgresql";
        let waits = tracing::info_span!(target: "traces", "store.write", db.system.name = system);
        let written = async {
            let (job, answer) = Job::new(envelope, self.patience());
            self.queue.put(job)?;
            // The caller may stop waiting here; the command is carried out and sent to viewers all
            // the same.
            answer.await.map_err(|_| StoreError::Closed)?
        };
        written.instrument(waits).await
    }

    fn patience(&self) -> Duration {
        #[cfg(feature = "simulation")]
        if self.is_patient.load(std::sync::atomic::Ordering::Acquire) {
            return Duration::from_secs(PATIENT_SECONDS);
        }
        Duration::from_secs(COMMAND_SECONDS)
    }

    /// Tries whether a command can be written again, if the last one could not.
    pub(crate) async fn recovered(&self) -> Result<(), StoreError> {
        if !self.queue.is_open() {
            return Err(StoreError::Closed);
        }
        if self.condition.outage().is_none() {
            return Ok(());
        }
        let nothing = Envelope::new(Write::Nothing, Actor::System, Timestamp::UNIX_EPOCH);
        self.send(nothing).await.map(drop).map_err(CommandError::of_no_decision)
    }

    #[cfg(feature = "simulation")]
    pub(crate) fn ignore_legs(&self) {
        self.ignores_legs.store(true, std::sync::atomic::Ordering::Release);
    }

    #[cfg(feature = "simulation")]
    pub(crate) fn decide_by_turns(&self) {
        self.by_turns.store(true, std::sync::atomic::Ordering::Release);
    }

    #[cfg(feature = "simulation")]
    pub(crate) fn be_patient(&self) {
        self.is_patient.store(true, std::sync::atomic::Ordering::Release);
    }

    /// Waits for the task to finish what it has been given, once every other handle is gone.
    pub(crate) async fn close(self) {
        let Self { queue, task, .. } = self;
        drop(queue);
        let handle = task.lock().take();
        if let Some(handle) = handle
            && handle.await.is_err()
        {
            tracing::error!("the writer's task had panicked");
        }
    }
}

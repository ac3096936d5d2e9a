//! The writer thread: it owns the one connection that writes.
//!
//! Invariants: an answer leaves only after the commit that contains it was synced; events reach the
//! committed stream in commit order and before their commands are answered; the queue is bounded.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use store::{CommandError, CommittedFeed, Condition, Done, Envelope, Outage, StoreError};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::Instrument as _;

use crate::chance::Chance;
use crate::checkpoint::Checkpointer;
use crate::database_file::{DatabaseFile, Gone};
use crate::db::Db;
use crate::door;
use crate::fault::{Fault, Result as Inner, outage};
use crate::group::{Groups, Job, Uncommitted, Undo, request_ids};
use crate::inside::Inside;
use crate::known_users::KnownUsers;
use crate::lanes::{GROUP_MAX, Lanes, SESSIONS_PER_GROUP_MAX};

/// Commands that may wait for the writer; one more is refused (503, `Retry-After`).
pub const COMMANDS_WAITING_MAX: usize = 4_096;

/// A group that takes longer gets a line in the log: all later ones wait for it.
const GROUP_SLOW: Duration = Duration::from_secs(1);

/// The value of a field of the database's head that nothing here uses.
const UNUSED_NUMBER: i64 = 0;

/// A cheap handle to the thread. When the last one is dropped, the thread finishes what waits and
/// ends.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
    /// The lane of viewers' sessions.
    sessions: mpsc::Sender<Box<dyn Job>>,
    thread: Arc<WriterThread>,
    condition: Condition,
    progress: Arc<Progress>,
}

/// How many groups the thread has begun, and how many of them have ended.
#[derive(Debug, Default)]
struct Progress {
    begun: AtomicU64,
    ended: watch::Sender<u64>,
}

#[derive(Debug)]
struct WriterThread(Mutex<Option<std::thread::JoinHandle<()>>>);

impl Writer {
    pub(crate) fn start(
        connection: Db,
        feed: CommittedFeed,
        (users, chance): (KnownUsers, Chance),
        file: Arc<DatabaseFile>,
        checkpointer: Checkpointer,
    ) -> io::Result<Self> {
        let (mut writer, commands) = Self::queue(COMMANDS_WAITING_MAX);
        let (sessions, waiting) = mpsc::channel(COMMANDS_WAITING_MAX);
        writer.sessions = sessions;
        let lanes = Lanes::new(commands, waiting)?;
        let groups = Groups::new(users, chance)?;
        let (condition, progress) = (writer.condition.clone(), Arc::clone(&writer.progress));
        let thread =
            std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
                let thread = Thread { connection, feed, file, condition, progress };
                thread.write(lanes, groups, checkpointer);
            })?;
        *writer.thread.0.lock() = Some(thread);
        Ok(writer)
    }

    /// A writer without a thread and with one lane for everything, and its queue, which another
    /// takes the work from.
    pub(crate) fn queue(waiting_max: usize) -> (Self, mpsc::Receiver<Box<dyn Job>>) {
        let (queue, waiting) = mpsc::channel(waiting_max);
        let thread = Arc::new(WriterThread(Mutex::new(None)));
        let sessions = queue.clone();
        let (condition, progress) = (Condition::default(), Arc::default());
        (Self { queue, sessions, thread, condition, progress }, waiting)
    }

    /// Queues a write and waits for the commit that contains it.
    pub(crate) async fn send(&self, envelope: Envelope) -> Result<Done, CommandError> {
        let by_itself = door::is_by_itself(&envelope);
        let request_id = envelope.sender.request_id.clone();
        let work = move |inside: &mut Inside<'_>| {
            // On the writer's thread, below the span of the caller that waits for the commit.
            let _decided = tracing::info_span!(target: "traces", "store.decide").entered();
            door::execute(inside, &envelope)
        };
        let waits = tracing::info_span!(target: "traces", "store.write", db.system.name = "sqlite");
        let queued = async { Self::queued(&self.queue, work, by_itself, request_id).await };
        Ok(queued.instrument(waits).await??)
    }

    /// Queues one piece of work on the tables and waits for the commit that contains it.
    pub(crate) async fn command<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Inside<'_>) -> Inner<T> + Send + 'static,
    ) -> Result<T, CommandError> {
        Self::queued(&self.queue, work, true, None).await
    }

    /// Like [`Writer::command`], for sessions to recover viewers: behind all commands that wait.
    pub(crate) async fn session<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Inside<'_>) -> Inner<T> + Send + 'static,
    ) -> Result<T, CommandError> {
        Self::queued(&self.sessions, work, false, None).await
    }

    async fn queued<T: Send + 'static>(
        lane: &mpsc::Sender<Box<dyn Job>>,
        work: impl FnMut(&mut Inside<'_>) -> Inner<T> + Send + 'static,
        by_itself: bool,
        request_id: Option<String>,
    ) -> Result<T, CommandError> {
        let (reply, answer) = oneshot::channel();
        let span = tracing::Span::current();
        let job = Box::new(Pending { work, by_itself, request_id, span, result: None, reply });
        lane.try_send(job).map_err(StoreError::from)?;
        // The thread tells how many wait when a group ends. Of a long queue those who join it tell,
        // too: the group under way may be one that does not end.
        let waiting = lane.max_capacity() - lane.capacity();
        if waiting > GROUP_MAX {
            store::metrics::note_waiting(waiting);
        }
        // The caller may stop waiting here; the command is carried out and sent to viewers all the
        // same.
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Tries whether a command can be written again, if the last one could not.
    pub(crate) async fn recovered(&self) -> Result<(), StoreError> {
        if self.condition.outage().is_none() {
            return Ok(());
        }
        // Writes a page without changing its content. Many callers share one commit.
        let tried = self.command(|inside| {
            Ok(inside.connection.pragma_update(None, "user_version", UNUSED_NUMBER)?)
        });
        match tried.await {
            Ok(()) => Ok(()),
            Err(CommandError::Store(error)) => Err(error),
            Err(CommandError::Refused(refusal)) => Err(StoreError::failed(refusal)),
        }
    }

    /// Notes that the files are gone, when another than the thread finds it out.
    pub(crate) fn note_gone(&self, gone: &Gone) -> StoreError {
        self.condition.is_out(Outage::FilesGone, &gone.to_string(), "");
        StoreError::Unavailable(Outage::FilesGone)
    }

    /// Waits until the group that is under way has ended, if there is one. With a disk that no
    /// longer answers it never does, and no error says so.
    pub(crate) async fn group_ended(&self) {
        let begun = self.progress.begun.load(Ordering::Acquire);
        let mut ended = self.progress.ended.subscribe();
        // It fails only when the sender is gone, and that one is kept here.
        drop(ended.wait_for(|ended| *ended >= begun).await);
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.queue.is_closed()
    }

    /// Waits for the thread to finish its work, once every other handle is gone.
    pub(crate) fn close(self) {
        let Self { queue, sessions, thread, condition: _, progress: _ } = self;
        drop((queue, sessions));
        let handle = thread.0.lock().take();
        if let Some(handle) = handle
            && handle.join().is_err()
        {
            tracing::error!("the writer thread had panicked");
        }
    }
}

/// The state of the thread. The fields are dropped in this order: the file is last, because a
/// process that closes a file loses all locks that SQLite has on it, and only then may another
/// process have the database.
struct Thread {
    connection: Db,
    feed: CommittedFeed,
    file: Arc<DatabaseFile>,
    condition: Condition,
    progress: Arc<Progress>,
}

impl Thread {
    fn write(&self, mut lanes: Lanes, mut groups: Groups, mut checkpointer: Checkpointer) {
        Checkpointer::take_over(&self.connection);
        let mut jobs: Vec<Box<dyn Job>> = Vec::with_capacity(GROUP_MAX + SESSIONS_PER_GROUP_MAX);
        while lanes.next_group(&mut jobs) {
            let begun = Instant::now();
            self.progress.begun.fetch_add(1, Ordering::AcqRel);
            let committed = self.group(&mut groups, &mut jobs);
            self.progress.ended.send_modify(|ended| *ended += 1);
            store::metrics::note_group(jobs.len(), lanes.waiting(), begun.elapsed());
            if begun.elapsed() > GROUP_SLOW {
                let duration_ms = begun.elapsed().as_millis();
                let (commands, request_ids) = (jobs.len(), request_ids(&jobs));
                tracing::warn!(duration_ms, commands, request_ids, "a group of commands was slow");
            }
            let committed = committed.as_ref().copied();
            jobs.drain(..).for_each(|job| job.answer(committed));
            checkpointer.after_group(&self.connection);
        }
    }

    /// Whether the group may be acknowledged: it is in the log, the log is on the disk, and the
    /// next process will find both.
    fn group(&self, groups: &mut Groups, jobs: &mut [Box<dyn Job>]) -> Result<(), Uncommitted> {
        let written_before = Checkpointer::commits();
        self.file.check().map_err(|gone| self.gone(&gone, jobs))?;
        let committed = groups.commit(&self.connection, jobs, |_| Ok(()));
        let committed = committed.map_err(|error| self.failed(&error, jobs))?;
        // What is committed is sent, even if the files are gone: viewers see what queries see.
        if let Some(group) = committed {
            self.feed.tell_blocking(group);
        }
        // Checked again: the files may have gone between the first check and the commit.
        self.file.check().map_err(|gone| self.gone(&gone, jobs))?;
        // A group of refusals writes nothing, and proves nothing on a full disk.
        if Checkpointer::commits() != written_before {
            self.condition.is_well();
        }
        Ok(())
    }

    fn failed(&self, error: &rusqlite::Error, jobs: &[Box<dyn Job>]) -> Uncommitted {
        let (outage, commands, request_ids) = (outage(error), jobs.len(), request_ids(jobs));
        match outage {
            Some(outage) => drop(self.condition.is_out(outage, &error.to_string(), &request_ids)),
            None => tracing::error!(%error, commands, request_ids, "a group of commands failed"),
        }
        Uncommitted { outage, cause: error.to_string() }
    }

    fn gone(&self, gone: &Gone, jobs: &[Box<dyn Job>]) -> Uncommitted {
        let cause = gone.to_string();
        if self.condition.is_out(Outage::FilesGone, &cause, &request_ids(jobs)) {
            // If only the log is gone, the database can still get what was acknowledged before.
            Checkpointer::save_log(&self.connection);
        }
        Uncommitted { outage: Some(Outage::FilesGone), cause }
    }
}

struct Pending<T, F> {
    work: F,
    by_itself: bool,
    request_id: Option<String>,
    /// The caller's span: log lines of the work belong to it.
    span: tracing::Span,
    result: Option<Inner<T>>,
    reply: oneshot::Sender<Result<T, CommandError>>,
}

impl<T, F> Job for Pending<T, F>
where
    T: Send + 'static,
    F: FnMut(&mut Inside<'_>) -> Inner<T> + Send,
{
    fn run(&mut self, inside: &mut Inside<'_>) -> Result<(), Undo> {
        // A decision that panics is a mistake in a rule that one command meets; it must not end the
        // thread, and with it all sales.
        let work = AssertUnwindSafe(|| (self.work)(inside));
        let result = self.span.in_scope(|| catch_unwind(work));
        let result = result.unwrap_or_else(|_| Err(Fault::Panicked));
        let kept = result.as_ref().map(drop).map_err(|fault| Undo {
            failure: fault.failure(),
            has_panicked: matches!(fault, Fault::Panicked),
        });
        self.result = Some(result);
        kept
    }

    fn changes_inventory_by_itself(&self) -> bool {
        self.by_itself
    }

    fn fail(&mut self, fault: Fault) {
        self.result = Some(Err(fault));
    }

    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    fn answer(self: Box<Self>, committed: Result<(), &Uncommitted>) {
        let result = match (self.result, committed) {
            (Some(result), Ok(())) => result.map_err(CommandError::from),
            (_, Err(uncommitted)) => Err(StoreError::from(uncommitted).into()),
            (None, Ok(())) => Err(StoreError::Closed.into()),
        };
        // A buyer who has left is no error: the commit stands and was sent.
        drop(self.reply.send(result));
    }
}

//! The writer thread: it owns the one connection that writes.
//!
//! Invariants: an answer leaves only after the commit that contains it was synced; events reach the
//! committed stream in commit order and before their commands are answered; the queue is bounded.

use std::fs::File;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use store::{CommandError, CommittedFeed, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::checkpoint::Checkpointer;
use crate::fault::Result as Inner;
use crate::group::{Inside, Job, RouteCache, Undo, commit_group};
use crate::known_users::KnownUsers;

/// Commands that may wait for the writer; one more is told to come back (503, `Retry-After`).
pub const COMMANDS_WAITING_MAX: usize = 4_096;

/// Commands committed together at the most: beyond this a larger group gains nothing measurable and
/// only delays its first command.
pub const GROUP_MAX: usize = 256;

/// Closed after the last connection that writes: who closes a file loses all locks that the process
/// has on it.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) database: Arc<File>,
    pub(crate) lock: File,
}

/// A cheap handle to the thread. When the last one goes, the thread finishes what waits and ends.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
    thread: Arc<WriterThread>,
}

#[derive(Debug)]
struct WriterThread(Mutex<Option<std::thread::JoinHandle<()>>>);

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        feed: CommittedFeed,
        users: KnownUsers,
        files: Files,
        checkpointer: Checkpointer,
    ) -> io::Result<Self> {
        let (writer, waiting) = Self::queue(COMMANDS_WAITING_MAX);
        let thread =
            std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
                write(&connection, waiting, &feed, &users, checkpointer);
                drop(connection);
                drop(files.database);
                // Only now may another process have the database.
                drop(files.lock);
            })?;
        *writer.thread.0.lock() = Some(thread);
        Ok(writer)
    }

    /// A writer without a thread, and what waits for whoever does its work.
    pub(crate) fn queue(waiting_max: usize) -> (Self, mpsc::Receiver<Box<dyn Job>>) {
        let (queue, waiting) = mpsc::channel(waiting_max);
        (Self { queue, thread: Arc::new(WriterThread(Mutex::new(None))) }, waiting)
    }

    /// Queues one piece of work and waits for the commit that contains it.
    pub(crate) async fn command<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Inside<'_>) -> Inner<T> + Send + 'static,
    ) -> Result<T, CommandError> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Pending { work, result: None, reply });
        self.queue.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
        })?;
        // Whoever asked may stop waiting here; the command is carried out and told all the same.
        answer.await.map_err(|_| StoreError::Closed)?
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.queue.is_closed()
    }

    /// Waits for the thread to finish what it has been given, once every other handle is gone.
    pub(crate) fn close(self) {
        let Self { queue, thread } = self;
        drop(queue);
        let handle = thread.0.lock().take();
        if let Some(handle) = handle
            && handle.join().is_err()
        {
            tracing::error!("the writer thread had panicked");
        }
    }
}

fn write(
    connection: &Connection,
    mut waiting: mpsc::Receiver<Box<dyn Job>>,
    feed: &CommittedFeed,
    users: &KnownUsers,
    mut checkpointer: Checkpointer,
) {
    Checkpointer::take_over(connection);
    let mut routes = RouteCache::default();
    let mut jobs: Vec<Box<dyn Job>> = Vec::with_capacity(GROUP_MAX);
    while let Some(first) = waiting.blocking_recv() {
        jobs.push(first);
        while jobs.len() < GROUP_MAX {
            match waiting.try_recv() {
                Ok(job) => jobs.push(job),
                Err(_) => break,
            }
        }
        match commit_group(connection, &mut routes, users, &mut jobs, |_| Ok(())) {
            Ok(events) => {
                feed.tell_blocking(events);
                jobs.drain(..).for_each(|job| job.answer(Ok(())));
            }
            Err(error) => {
                tracing::error!(%error, commands = jobs.len(), "a group of commands failed");
                let cause = error.to_string();
                jobs.drain(..).for_each(|job| job.answer(Err(&cause)));
            }
        }
        checkpointer.after_group(connection);
    }
}

struct Pending<T, F> {
    work: F,
    result: Option<Inner<T>>,
    reply: oneshot::Sender<Result<T, CommandError>>,
}

impl<T, F> Job for Pending<T, F>
where
    T: Send + 'static,
    F: FnMut(&mut Inside<'_>) -> Inner<T> + Send,
{
    fn run(&mut self, inside: &mut Inside<'_>) -> Result<(), Undo> {
        let result = (self.work)(inside);
        let kept = if result.is_ok() { Ok(()) } else { Err(Undo) };
        self.result = Some(result);
        kept
    }

    fn answer(self: Box<Self>, committed: Result<(), &str>) {
        let result = match (self.result, committed) {
            (Some(result), Ok(())) => result.map_err(CommandError::from),
            (_, Err(cause)) => Err(StoreError::failed(cause.to_owned()).into()),
            (None, Ok(())) => Err(StoreError::Closed.into()),
        };
        // A buyer who hung up is no error: what was committed stands and was told.
        drop(self.reply.send(result));
    }
}

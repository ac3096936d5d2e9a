//! Transactions outside the clock: queries, and the few writes of rows that no decision reads.
//!
//! Invariant: both pools are bounded, and so are their queues. A transaction that is given up ends
//! by itself: its `ROLLBACK` is sent before its connection is used again. Where a statement of it is
//! not answered yet, the connection is used again once it is: the next user does not wait for it.

use std::sync::Arc;

use deadpool_postgres::{Client, Pool};
use futures_util::FutureExt as _;
use store::{CommandError, DataKeys, SaveError, StoreError};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Duration, Instant, sleep, timeout};

use crate::connection::{Address, Warnings};
use crate::db::{Db, SETTINGS};
use crate::fault::{Fault, Result};

/// Connections for queries, of one process.
pub(crate) const READERS: usize = 8;

/// Connections for writes outside the clock, of one process.
pub(crate) const ASIDES: usize = 2;

/// Connections for queries that keep viewers up to date with other nodes, of one process.
pub(crate) const FOLLOWERS: usize = 1;

/// Transactions that may wait for a connection; more are refused as busy.
const WAITING_MAX: usize = 4_096;

/// Connections that are tried for one transaction, where earlier ones turn out to be lost.
const BEGUN_TRIES_MAX: u32 = 3;

/// How long a transaction may take to begin.
const BEGUN_SECONDS_MAX: u64 = 5;

/// How long to wait for the statements of a transaction that was given up, until its connection is
/// closed: a little longer than the database gives them.
const GIVEN_UP_SECONDS_MAX: u64 = 17;

/// How long to wait for a connection of the pool where the database has none left, and the shortest
/// time between two looks.
const FULL_SECONDS_MAX: u64 = 5;
const FULL_PAUSE_MILLIS_MAX: u64 = 40;

/// A query of a busy office takes milliseconds: one that takes longer than this is ended. So is one
/// whose process stands still: while it is open, the database keeps every row that it could see.
const READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
     SET LOCAL statement_timeout = '15s'; SET LOCAL idle_in_transaction_session_timeout = '15s'";
const WRITING_ASIDE: &str = "BEGIN; SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '2s'; \
     SET LOCAL idle_in_transaction_session_timeout = '5s'";

/// A pool and the transactions that wait for it.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    pool: Pool,
    keys: DataKeys,
    places: Arc<Semaphore>,
}

impl Reached {
    pub(crate) fn new(address: &Address, keys: &DataKeys, connections: usize) -> Self {
        let places = Arc::new(Semaphore::new(WAITING_MAX + connections));
        Self { pool: address.pool(connections, &Warnings::default()), keys: keys.clone(), places }
    }

    /// A connection on which a transaction can begin.
    pub(crate) async fn trial(&self) -> std::result::Result<Trial<'_>, StoreError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let client = Some(self.client().await?);
        let keys = self.keys.clone();
        let begun = Begun { client, keys, left: Left::Statements, place: Some(place) };
        Ok(Trial { reached: self, begun, tries: 1 })
    }

    /// A transaction that writes rows that no decision reads.
    pub(crate) async fn aside(&self) -> std::result::Result<Aside, StoreError> {
        let mut trial = self.trial().await?;
        // No query was sent yet. Connections that were lost together are found one by one.
        while let Err(fault) = trial.begun.begin(WRITING_ASIDE).await {
            trial.again_after(fault).await?;
        }
        Ok(Aside(trial.begun))
    }

    /// Where the database has no connection left, this waits for those that the pool has: the pool
    /// has made fewer than it may, and does not wait for them by itself.
    async fn client(&self) -> std::result::Result<Client, StoreError> {
        let last_try = Instant::now() + Duration::from_secs(FULL_SECONDS_MAX);
        loop {
            let fault = match self.pool.get().await {
                Ok(client) => return Ok(client),
                Err(error) => Fault::from(error),
            };
            let has_some = self.pool.status().size > 0;
            if !fault.is_full() || !has_some || Instant::now() > last_try {
                return Err(fault.into());
            }
            sleep(Duration::from_millis(fastrand::u64(1..=FULL_PAUSE_MILLIS_MAX))).await;
        }
    }
}

#[derive(Debug)]
struct Begun {
    /// `None`: lost.
    client: Option<Client>,
    keys: DataKeys,
    left: Left,
    place: Option<OwnedSemaphorePermit>,
}

/// What is still to come on the connection of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// Answers to its statements, perhaps, and its end.
    Statements,
    /// Its end: every statement was answered.
    End,
    /// The answer to its `COMMIT`.
    CommitAnswer,
    Nothing,
}

impl Begun {
    /// Sent when it is polled for the first time.
    async fn begin(&self, how: &str) -> Result<()> {
        let begin = format!("{how}; {SETTINGS}");
        let limit = Duration::from_secs(BEGUN_SECONDS_MAX);
        timeout(limit, self.db().batch(&begin)).await.unwrap_or(Err(Fault::NotBegun))
    }

    fn db(&self) -> Db<'_> {
        let Some(client) = &self.client else {
            unreachable!("one that is lost is given to nobody")
        };
        Db::new(client, &self.keys)
    }

    fn is_lost_by(&self, fault: &Fault) -> bool {
        fault.ends_the_connection() || self.client.as_ref().is_none_or(|it| it.is_closed())
    }

    /// Its connection does not go back to the pool.
    fn lose(&mut self) {
        drop(self.client.take().map(Client::take));
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let last = match self.left {
            Left::Nothing => return,
            Left::Statements | Left::End => "ROLLBACK",
            Left::CommitAnswer => "",
        };
        let Some(client) = self.client.take() else { return };
        if self.left == Left::End {
            // One poll sends it; no one needs the answer. The next user's statements come after it.
            drop(client.batch_execute(last).now_or_never());
            return;
        }
        let place = self.place.take();
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(given_up(client, last, place))),
            Err(_) => drop(Client::take(client)),
        }
    }
}

/// Its caller has hung up, or its time was over. Waits until the database has answered all, and
/// `last`, before anybody else gets the connection. It keeps its place meanwhile, so what is given
/// up is bounded as what runs.
async fn given_up(client: Client, last: &str, _place: Option<OwnedSemaphorePermit>) {
    let limit = Duration::from_secs(GIVEN_UP_SECONDS_MAX);
    if !matches!(timeout(limit, client.batch_execute(last)).await, Ok(Ok(()))) {
        drop(Client::take(client));
    }
}

/// A transaction that is to begin, on the first connection that is not lost.
#[derive(Debug)]
pub(crate) struct Trial<'a> {
    reached: &'a Reached,
    begun: Begun,
    tries: u32,
}

/// Reads in one transaction of this pool: everything is of one moment. Its beginning and the first
/// statement are one round trip. Where the connection turns out to be lost, all is read again on
/// another one, so the expression may run several times. (A closure in place of the macro would
/// have to say that its futures can be sent to other threads, and cannot.)
macro_rules! read {
    ($pool:expr, |$db:ident| $found:expr) => {{
        let mut trial = $pool.trial().await?;
        loop {
            let $db = trial.db();
            // Both are sent before either is answered, in this order. What was read counts only
            // if it was read in the transaction.
            let found = async { Ok($found) };
            let read = ::futures_util::future::try_join(trial.begin(), found).await;
            match read.map(|((), found)| found).flatten() {
                Ok(found) => {
                    trial.all_is_answered();
                    break Ok::<_, ::store::StoreError>(found);
                }
                Err(fault) => trial.again_after(fault).await?,
            }
        }
    }};
}
pub(crate) use read;

impl Trial<'_> {
    pub(crate) fn db(&self) -> Db<'_> {
        self.begun.db()
    }

    /// Begins a transaction that only reads.
    pub(crate) async fn begin(&self) -> Result<()> {
        self.begun.begin(READING).await
    }

    pub(crate) fn all_is_answered(&mut self) {
        self.begun.left = Left::End;
    }

    /// Goes on with another connection, where the fault is that this one is lost.
    pub(crate) async fn again_after(
        &mut self,
        fault: Fault,
    ) -> std::result::Result<(), StoreError> {
        if matches!(fault, Fault::NotBegun) {
            // The next user of this connection would wait as long.
            self.begun.lose();
            return Err(fault.into());
        }
        if self.tries >= BEGUN_TRIES_MAX || !self.begun.is_lost_by(&fault) {
            return Err(fault.into());
        }
        self.tries += 1;
        // First its place in the pool: the next one may have to wait for it.
        self.begun.lose();
        self.begun.client = Some(self.reached.client().await?);
        Ok(())
    }
}

/// See [`Reached::aside`].
#[derive(Debug)]
pub(crate) struct Aside(Begun);

impl Aside {
    pub(crate) fn db(&self) -> Db<'_> {
        self.0.db()
    }

    /// Commits what was written, or nothing.
    pub(crate) async fn done<T>(self, written: Result<T>) -> std::result::Result<T, CommandError> {
        Ok(self.commit(written).await.map_err(|(fault, _)| fault)?)
    }

    /// The same, and shows whether it may have been committed if there was no answer.
    pub(crate) async fn ended<T>(self, written: Result<T>) -> std::result::Result<T, Ended> {
        self.commit(written).await.map_err(|(fault, was_sent)| {
            let may_be_done = was_sent && !fault.is_said_by_the_server();
            let error = StoreError::from(fault);
            if may_be_done { Ended::Unknown(error) } else { Ended::Undone(error) }
        })
    }

    /// An error, and whether the commit had been sent by then.
    async fn commit<T>(mut self, written: Result<T>) -> std::result::Result<T, (Fault, bool)> {
        let written = written.map_err(|fault| (fault, false))?;
        self.0.left = Left::CommitAnswer;
        self.0.db().batch("COMMIT").await.map_err(|fault| (fault, true))?;
        self.0.left = Left::Nothing;
        Ok(written)
    }
}

/// An error that several callers met at once, for one of them.
pub(crate) fn for_one_of_many(error: &StoreError) -> StoreError {
    match error {
        StoreError::Busy => StoreError::Busy,
        StoreError::Closed => StoreError::Closed,
        StoreError::Unavailable(outage) => StoreError::Unavailable(*outage),
        StoreError::Failed(cause) => StoreError::failed(cause.to_string()),
    }
}

/// The end of a transaction that was not committed, or may not have been.
#[derive(Debug)]
pub(crate) enum Ended {
    Undone(StoreError),
    /// The commit was sent, and no answer came.
    Unknown(StoreError),
}

impl Ended {
    /// The error for one of many callers that wait for it.
    pub(crate) fn told(&self) -> StoreError {
        let (Self::Undone(error) | Self::Unknown(error)) = self;
        for_one_of_many(error)
    }

    pub(crate) fn of_a_save(&self) -> SaveError {
        match self {
            Self::Undone(_) => SaveError::Store(self.told()),
            Self::Unknown(_) => SaveError::Unknown(self.told()),
        }
    }
}

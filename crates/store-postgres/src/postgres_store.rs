//! The driver: every promise of [`store::Store`], passed to the writer or to a pool.

mod audit;
mod catalogue;
mod fittings;
mod inventory;
mod once_only;
mod people;
mod tracking;
mod viewer_orders;
mod viewer_sessions;

use async_trait::async_trait;
use jiff::Timestamp;
use store::{CommandError, CommittedFeed, DataKeys, Done, Door, Ears, Envelope, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::account_reader::AccountReader;
use crate::connection::Address;
use crate::listening::Listening;
use crate::notifies::Notifies;
use crate::reads::{ASIDES, Aside, FOLLOWERS, READERS, Reached, read};
use crate::session_writer::SessionWriter;
use crate::step::Time;
use crate::writer::Writer;

type Command<T> = Result<T, CommandError>;
type Query<T> = Result<T, StoreError>;

/// The inventory in one PostgreSQL database. Cheap to clone; see [`crate::open`].
#[derive(Clone, Debug)]
pub struct PostgresStore {
    writer: Writer,
    readers: Reached,
    asides: Reached,
    followers: Reached,
    sessions: SessionWriter,
    accounts: AccountReader,
    time: Time,
}

impl PostgresStore {
    pub(crate) fn new(
        address: &Address,
        keys: DataKeys,
        notifies: Notifies,
        feed: CommittedFeed,
        time: Time,
    ) -> Self {
        let pool = |connections| Reached::new(address, &keys, connections);
        let (readers, asides, followers) = (pool(READERS), pool(ASIDES), pool(FOLLOWERS));
        // Each has a connection of its own: callers that wait for the other pools hold up neither
        // viewers nor logins.
        let sessions = SessionWriter::start(pool(1));
        let accounts = AccountReader::start(pool(1));
        let writer = Writer::start(address, (notifies, keys), feed, time);
        Self { writer, readers, asides, followers, sessions, accounts, time }
    }

    /// The time to use, where it is not the database's.
    fn time_of(&self, callers: Timestamp) -> Option<Timestamp> {
        (self.time != Time::Database).then_some(callers)
    }

    /// Receives notices of other nodes' groups by `LISTEN`, until `stop`. `address` is the
    /// database's own, where the store's may be a pooler's.
    pub fn listen(&self, address: &Address, ears: Ears, stop: CancellationToken) -> Listening {
        Listening::start(address.clone(), self.writer.node(), ears, stop)
    }

    /// For a write of rows that no decision reads.
    async fn aside(&self) -> Command<Aside> {
        Ok(self.asides.aside().await?)
    }

    /// Takes the check in memory away, to test the check behind it: the key.
    #[cfg(feature = "simulation")]
    pub fn ignore_legs(&self) {
        self.writer.ignore_legs();
    }

    /// Decides every second group as another process with its own kept routes would: to test that
    /// each reads again what the other has changed.
    #[cfg(feature = "simulation")]
    pub fn decide_by_turns(&self) {
        self.writer.decide_by_turns();
    }

    /// Tries every write for minutes: for tests on a machine that has no time for them.
    #[cfg(feature = "simulation")]
    pub fn be_patient(&self) {
        self.writer.be_patient();
    }

    /// Finishes the writer's work, once every other handle is gone.
    pub async fn close(self) {
        let Self { writer, readers, asides, followers, sessions, accounts, time: _ } = self;
        drop((readers, asides, followers, sessions, accounts));
        writer.close().await;
    }
}

#[async_trait]
impl Door for PostgresStore {
    async fn send(&self, envelope: Envelope) -> Command<Done> {
        self.writer.send(envelope).await
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn ready(&self) -> Query<()> {
        self.writer.recovered().await?;
        read!(self.readers, |db| db.one("SELECT 1", &[]).await.map(drop))
    }
}

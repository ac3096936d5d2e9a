//! Opening the database: its address, its tables, the connections.

use store::{CommittedStream, DataKeys};

use crate::connection::{Address, AddressError};
use crate::migrate::{MigrationError, migrate};
use crate::notifies::Notifies;
use crate::pooler;
use crate::postgres_store::PostgresStore;
use crate::step::Time;
use crate::table::data_key::{self, TakeError};

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database's address is wrong: {0}")]
    Address(#[from] AddressError),
    #[error(transparent)]
    Migration(#[from] MigrationError),
    #[error(transparent)]
    DataKeys(#[from] TakeError),
    #[error(
        "a pooler in front of the database forgets prepared statements between transactions: \
         PgBouncer keeps them from 1.21 on, with max_prepared_statements above 0, and in session mode"
    )]
    ForgetfulPooler,
}

impl OpenError {
    /// Whether it may go away by itself: the server is away or full, or its tables are in use. An
    /// operator has to correct everything else.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Migration(MigrationError::Unreachable(_) | MigrationError::Busy(_))
            | Self::DataKeys(TakeError::Failed(_)) => true,
            Self::Address(_)
            | Self::Migration(_)
            | Self::DataKeys(TakeError::Refused(_))
            | Self::ForgetfulPooler => false,
        }
    }
}

/// Opens the database and brings its tables up to date. Any number of processes may have it open.
pub async fn open(
    address: &Address,
    notifies: Notifies,
) -> Result<(PostgresStore, CommittedStream), OpenError> {
    open_with_keys(address, &DataKeys::default(), notifies).await
}

/// [`open`] with personal values encrypted.
pub async fn open_with_keys(
    address: &Address,
    keys: &DataKeys,
    notifies: Notifies,
) -> Result<(PostgresStore, CommittedStream), OpenError> {
    open_by(address, keys, notifies, Time::Database).await
}

/// [`open`] with the callers' time: for tests that run through days in milliseconds.
#[cfg(feature = "simulation")]
pub async fn open_by_callers_time(
    address: &Address,
    keys: &DataKeys,
) -> Result<(PostgresStore, CommittedStream), OpenError> {
    open_by(address, keys, Notifies::Yes, Time::Callers).await
}

async fn open_by(
    address: &Address,
    keys: &DataKeys,
    notifies: Notifies,
    time: Time,
) -> Result<(PostgresStore, CommittedStream), OpenError> {
    if pooler::forgets_statements(address).await {
        return Err(OpenError::ForgetfulPooler);
    }
    migrate(address).await?;
    data_key::take(address, keys).await?;
    let (feed, stream) = store::committed_stream();
    Ok((PostgresStore::new(address, keys.clone(), notifies, feed, time), stream))
}

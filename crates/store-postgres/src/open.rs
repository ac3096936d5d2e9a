//! Opening the database: its address, its tables, the connections.

use store::CommittedStream;

use crate::alone::{Alone, NotAlone};
use crate::connection::{Address, AddressError};
use crate::migrate::{MigrationError, migrate};
use crate::postgres_store::PostgresStore;
use crate::step::Time;

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database's address is wrong: {0}")]
    Address(#[from] AddressError),
    #[error(transparent)]
    NotAlone(#[from] NotAlone),
    #[error(transparent)]
    Migration(#[from] MigrationError),
}

/// Opens the database and brings its tables up to date. No other process can open it for as long as the
/// store lives.
pub async fn open(address: &Address) -> Result<(PostgresStore, CommittedStream), OpenError> {
    open_by(address, Time::Database).await
}

/// [`open`] with the time that callers name: for tests that go through days in milliseconds.
#[cfg(feature = "simulation")]
pub async fn open_by_callers_time(
    address: &Address,
) -> Result<(PostgresStore, CommittedStream), OpenError> {
    open_by(address, Time::Callers).await
}

async fn open_by(
    address: &Address,
    time: Time,
) -> Result<(PostgresStore, CommittedStream), OpenError> {
    migrate(address).await?;
    let alone = Alone::claim(address).await?;
    let (feed, stream) = store::committed_stream();
    Ok((PostgresStore::new(address, alone, feed, time), stream))
}

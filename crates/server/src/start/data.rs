//! The store that the configuration names: a SQLite file, or a database server.
//!
//! Only here, and in the commands for files, are drivers known by name.

use std::sync::Arc;

use store::{CommittedStream, Ears, FanOut, InProcess, Store, StoreError};
use store_postgres::{Address, Notifies, PostgresStore};
use store_sqlite::SqliteStore;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, DatabaseUrl};
use crate::database_clock::DatabaseClock;
use crate::open_database::{OpenError, on_server};

pub(super) enum Data {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Data {
    pub(super) async fn open(config: &Config) -> Result<(Self, CommittedStream), OpenError> {
        let keys = &config.data_keys;
        match &config.database {
            DatabaseUrl::File(path) => {
                let (store, committed) = store_sqlite::open_with_keys(path, keys)?;
                Ok((Self::Sqlite(store), committed))
            }
            DatabaseUrl::Server(address) => {
                // Commits are announced through Redis, so the database need not do it.
                let notifies = if config.redis.is_some() { Notifies::No } else { Notifies::Yes };
                let (store, committed) = on_server(address, keys, notifies).await?;
                Ok((Self::Postgres(store), committed))
            }
        }
    }

    pub(super) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => Arc::new(store.clone()),
            Self::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// Where several servers share the database, the database's clock is used.
    pub(super) async fn clock(&self) -> Result<Option<DatabaseClock>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(store) => DatabaseClock::of(store).await.map(Some),
        }
    }

    /// The fan-out to the other servers of this database, until the server stops. `direct`: the
    /// database without a pooler in front of it.
    pub(super) fn fan_out(
        &self,
        database: &DatabaseUrl,
        direct: Option<&Address>,
        ears: Ears,
        stop: &CancellationToken,
    ) -> Arc<dyn FanOut> {
        match (self, database) {
            (Self::Postgres(store), DatabaseUrl::Server(address)) => {
                Arc::new(store.listen(direct.unwrap_or(address), ears, stop.clone()))
            }
            _ => Arc::new(InProcess),
        }
    }

    /// Finishes the store's queue, once every other handle is gone.
    pub(super) async fn close(self) {
        match self {
            Self::Sqlite(store) => drop(tokio::task::spawn_blocking(move || store.close()).await),
            Self::Postgres(store) => store.close().await,
        }
    }
}

//! The database that `seatwire admin` works on, beside running servers or without them.

use std::sync::Arc;

use store::{CommittedStream, Store};
use store_postgres::{Notifies, PostgresStore};
use store_sqlite::SqliteStore;
use tokio::task::JoinError;

use crate::config::{Config, DatabaseUrl};
use crate::open_database::{OpenError, on_server};

pub(super) enum Accounts {
    /// `is_beside`: a server has it open, too.
    File { store: SqliteStore, is_beside: bool },
    /// The stream is kept: a store whose stream has no reader has nothing to write for.
    Server { store: PostgresStore, _committed: CommittedStream },
}

impl Accounts {
    pub(super) async fn open(config: &Config) -> Result<Self, OpenError> {
        let keys = &config.data_keys;
        match &config.database {
            DatabaseUrl::File(path) => {
                let (store, is_beside) = store_sqlite::open_for_accounts(path, keys)?;
                Ok(Self::File { store, is_beside })
            }
            DatabaseUrl::Server(address) => {
                // Servers are notified of the group, as of one another's.
                let (store, _committed) = on_server(address, keys, Notifies::Yes).await?;
                Ok(Self::Server { store, _committed })
            }
        }
    }

    pub(super) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::File { store, .. } => Arc::new(store.clone()),
            Self::Server { store, .. } => Arc::new(store.clone()),
        }
    }

    /// When running servers learn of a change.
    pub(super) fn note(&self) -> &'static str {
        match self {
            Self::File { is_beside: true, .. } => {
                "The running server takes note within a second.\n"
            }
            Self::File { is_beside: false, .. } => "",
            Self::Server { .. } => "Servers that run take note within seconds.\n",
        }
    }

    pub(super) async fn close(self) -> Result<(), JoinError> {
        match self {
            Self::File { store, .. } => {
                tokio::task::spawn_blocking(move || store.close()).await.map(drop)
            }
            Self::Server { store, .. } => {
                store.close().await;
                Ok(())
            }
        }
    }
}

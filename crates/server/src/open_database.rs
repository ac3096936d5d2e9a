//! The database that the configuration names, opened with its driver: for serving and for the
//! tools.

use store::{CommittedStream, DataKeys};
use store_postgres::{Address, Notifies, PostgresStore};

#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("{0}")]
    Sqlite(#[from] store_sqlite::OpenError),
    #[error("{address}: {cause}")]
    Postgres { address: String, cause: store_postgres::OpenError },
}

impl OpenError {
    /// Whether a later start with the same settings may succeed.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Sqlite(cause) => cause.is_outage(),
            Self::Postgres { cause, .. } => cause.is_outage(),
        }
    }
}

/// A database on a server of its own.
pub(crate) async fn on_server(
    address: &Address,
    keys: &DataKeys,
    notifies: Notifies,
) -> Result<(PostgresStore, CommittedStream), OpenError> {
    let opened = store_postgres::open_with_keys(address, keys, notifies).await;
    opened.map_err(|cause| OpenError::Postgres { address: address.to_string(), cause })
}

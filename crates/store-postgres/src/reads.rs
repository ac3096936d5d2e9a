//! Queries: a bounded pool of connections, each used by one query at a time.

use std::ops::Deref;
use std::sync::Arc;

use deadpool_postgres::{Client, Pool, Transaction};
use store::StoreError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::IsolationLevel;

use crate::connection::{Address, Warnings};
use crate::fault::{Fault, Result};

/// Connections for queries, of one process.
pub(crate) const READERS: usize = 8;

/// Queries that may wait for a connection; more are told to come back.
const QUERIES_WAITING_MAX: usize = 4_096;

#[derive(Clone, Debug)]
pub(crate) struct Reads {
    pool: Pool,
    places: Arc<Semaphore>,
}

/// A connection for one query. A single statement on it is of one moment by itself.
#[derive(Debug)]
pub(crate) struct Reader {
    client: Client,
    _place: OwnedSemaphorePermit,
}

impl Reads {
    pub(crate) fn new(address: &Address) -> Self {
        let places = Arc::new(Semaphore::new(QUERIES_WAITING_MAX + READERS));
        Self { pool: address.pool(READERS, &Warnings::default()), places }
    }

    pub(crate) async fn get(&self) -> std::result::Result<Reader, StoreError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let client = self.pool.get().await.map_err(Fault::from)?;
        Ok(Reader { client, _place: place })
    }
}

impl Deref for Reader {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Reader {
    /// A transaction that only reads: everything in it is of one moment. It ends when it is dropped.
    pub(crate) async fn moment(&mut self) -> Result<Transaction<'_>> {
        let moment = self.client.build_transaction();
        let moment = moment.isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        Ok(moment.start().await?)
    }
}

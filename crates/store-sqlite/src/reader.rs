//! Queries: a few read-only connections, each used by one query at a time, off the async threads.

use std::sync::Arc;

use parking_lot::Mutex;
use store::StoreError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::db::Db;
use crate::fault;
use crate::moment::in_one_moment;

/// Connections for queries. More would only take turns on the same cores.
pub(crate) const READERS: usize = 4;

/// Queries that may wait for a connection; more are refused as busy.
const QUERIES_WAITING_MAX: usize = 4_096;

#[derive(Clone, Debug)]
pub(crate) struct Readers {
    idle: Arc<Mutex<Vec<Db>>>,
    free: Arc<Semaphore>,
    places: Arc<Semaphore>,
    #[cfg(feature = "simulation")]
    in_place: Option<crate::in_place::InPlace>,
}

impl Readers {
    pub(crate) fn new(connections: Vec<Db>) -> Self {
        Self {
            #[cfg(feature = "simulation")]
            in_place: None,
            free: Arc::new(Semaphore::new(connections.len())),
            idle: Arc::new(Mutex::new(connections)),
            places: Arc::new(Semaphore::new(QUERIES_WAITING_MAX)),
        }
    }

    /// One connection, used on the caller's own thread: no other thread, nothing random.
    #[cfg(feature = "simulation")]
    pub(crate) fn in_place(connection: Db, in_place: crate::in_place::InPlace) -> Self {
        Self { in_place: Some(in_place), ..Self::new(vec![connection]) }
    }

    /// Runs a query in one read transaction, so that all that it reads is of one moment.
    pub(crate) async fn query<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Db) -> fault::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        #[cfg(feature = "simulation")]
        if let Some(in_place) = &self.in_place {
            return in_place.answer(&self.idle, query).await;
        }
        let _place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let turn = Arc::clone(&self.free).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let idle = Arc::clone(&self.idle);
        let answer = tokio::task::spawn_blocking(move || {
            let connection = idle.lock().pop().ok_or(StoreError::Closed)?;
            let lent = Lent { connection: Some(connection), idle, _turn: turn };
            let connection = lent.connection.as_ref().ok_or(StoreError::Closed)?;
            in_one_moment(connection, query)
        });
        answer.await.map_err(StoreError::failed)?
    }
}

/// A connection in use. It goes back in every case, before its turn ends.
struct Lent {
    connection: Option<Db>,
    idle: Arc<Mutex<Vec<Db>>>,
    _turn: OwnedSemaphorePermit,
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.idle.lock().extend(self.connection.take());
    }
}

//! The driver: every promise of [`store::Store`], handed to the writer or to a pool.

mod catalogue;
mod fittings;
mod people;
mod tracking;

use store::{CommandError, StoreError};

use crate::connection::Address;
use crate::reads::{ASIDES, Aside, Moment, READERS, Reached};

type Command<T> = Result<T, CommandError>;
type Query<T> = Result<T, StoreError>;

/// The inventory in one PostgreSQL database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    readers: Reached,
    asides: Reached,
}

impl PostgresStore {
    pub(crate) fn new(address: &Address) -> Self {
        Self { readers: Reached::new(address, READERS), asides: Reached::new(address, ASIDES) }
    }

    /// For a query: everything that it reads is of one moment.
    async fn moment(&self) -> Query<Moment> {
        self.readers.moment().await
    }

    /// For a write that no decision reads.
    async fn aside(&self) -> Command<Aside> {
        Ok(self.asides.aside().await?)
    }
}

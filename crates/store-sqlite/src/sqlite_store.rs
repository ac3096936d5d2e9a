//! The driver: every promise of [`store::Store`], passed to the writer or to a reader.

mod audit;
mod catalogue;
mod fittings;
mod inventory;
mod once_only;
mod people;
mod tracking;
mod viewer_orders;
mod viewer_sessions;

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use store::{ClaimsInMemory, CommandError, Done, Door, Envelope, Store, StoreError};

use crate::database_file::DatabaseFile;
use crate::db::Db;
use crate::fault;
use crate::known_routes::KnownRoutes;
use crate::known_users::KnownUsers;
use crate::pnr_order::PnrSeries;
use crate::reader::Readers;
use crate::writer::Writer;

type Command<T> = Result<T, CommandError>;
type Query<T> = Result<T, StoreError>;

/// The inventory in one SQLite file. Cheap to clone; see [`crate::open`].
#[derive(Clone, Debug)]
pub struct SqliteStore {
    /// `None` in memory. The first field: a dropped handle releases this before its place in the
    /// queue. The writer's thread has its own, and when that has ended the file is free for another
    /// process.
    file: Option<Arc<DatabaseFile>>,
    writer: Writer,
    readers: Readers,
    users: KnownUsers,
    routes: KnownRoutes,
    claims: Arc<Mutex<ClaimsInMemory>>,
    pnrs: Arc<PnrSeries>,
}

impl SqliteStore {
    pub(crate) fn new(
        writer: Writer,
        readers: Readers,
        (users, pnrs): (KnownUsers, PnrSeries),
        file: Option<Arc<DatabaseFile>>,
    ) -> Self {
        Self {
            file,
            writer,
            readers,
            users,
            routes: KnownRoutes::default(),
            claims: Arc::default(),
            pnrs: Arc::new(pnrs),
        }
    }

    /// A query that shows departures.
    async fn catalogue<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Db, &KnownRoutes) -> fault::Result<T> + Send + 'static,
    ) -> Query<T> {
        let known = self.routes.clone();
        self.readers.query(move |db| query(db, &known)).await
    }

    /// Takes the check in memory away, to test the check behind it: the key.
    #[cfg(feature = "simulation")]
    pub async fn ignore_legs(&self) -> Result<(), CommandError> {
        let ignore = |inside: &mut crate::inside::Inside<'_>| {
            *inside.ignores_legs = true;
            Ok(())
        };
        self.writer.command(ignore).await
    }

    /// Finishes the writer's work and releases the file. Blocks until every other handle is gone.
    pub fn close(self) {
        let Self { file, writer, readers, users: _, routes: _, claims: _, pnrs: _ } = self;
        drop(file);
        // The connection that closes last moves the log into the database file, and a reader may
        // not write: so the writer's must be the last.
        drop(readers);
        writer.close();
    }
}

#[async_trait]
impl Door for SqliteStore {
    async fn send(&self, envelope: Envelope) -> Command<Done> {
        self.writer.send(envelope).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn ready(&self) -> Query<()> {
        if !self.writer.is_open() {
            return Err(StoreError::Closed);
        }
        if let Some(Err(gone)) = self.file.as_ref().map(|file| file.check()) {
            return Err(self.writer.note_gone(&gone));
        }
        self.writer.recovered().await?;
        self.writer.group_ended().await;
        self.readers.query(|db| Ok(db.query_row("SELECT 1", [], |_| Ok(()))?)).await
    }
}

//! A SQLite file of its own for each case.

use std::path::PathBuf;
use std::sync::Arc;

use store::contract::Harness;
use store::{CommittedStream, DataKeys, Store};
use store_sqlite::SqliteStore;
use tempfile::TempDir;

pub(crate) struct Sqlite {
    folder: TempDir,
    open: Option<SqliteStore>,
    keys: DataKeys,
}

impl Sqlite {
    fn path(&self) -> PathBuf {
        self.folder.path().join("seatwire.db")
    }
}

#[async_trait::async_trait]
impl Harness for Sqlite {
    async fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), open: None, keys: DataKeys::default() }
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        let (store, stream) = store_sqlite::open_with_keys(&self.path(), &self.keys).unwrap();
        self.open = Some(store.clone());
        (Arc::new(store), stream)
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        drop(store);
        let store = self.open.take().expect("what is closed was open");
        tokio::task::spawn_blocking(move || store.close()).await.unwrap();
    }
}

/// The same with personal values encrypted.
pub(crate) struct SealedSqlite(Sqlite);

#[async_trait::async_trait]
impl Harness for SealedSqlite {
    async fn new() -> Self {
        let keys = DataKeys::parse("k1=c2VhdHdpcmUncyBvd24gdGVzdCBkYXRhIGtleSAgIDE").unwrap();
        Self(Sqlite { keys, ..Sqlite::new().await })
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        self.0.open().await
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        self.0.close(store).await;
    }
}

/// The same without the check in memory: only the key is left.
pub(crate) struct ForgetfulSqlite(Sqlite);

#[async_trait::async_trait]
impl Harness for ForgetfulSqlite {
    async fn new() -> Self {
        Self(Sqlite::new().await)
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        let opened = self.0.open().await;
        self.0.open.as_ref().expect("it was opened").ignore_legs().await.unwrap();
        opened
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        self.0.close(store).await;
    }
}

/// The same without both protections of rule 1.
pub(crate) struct KeylessSqlite(ForgetfulSqlite);

#[async_trait::async_trait]
impl Harness for KeylessSqlite {
    async fn new() -> Self {
        let mut sqlite = Sqlite::new().await;
        let (store, stream) = sqlite.open().await;
        drop(stream);
        sqlite.close(store).await;
        let raw = rusqlite::Connection::open(sqlite.path()).unwrap();
        raw.execute_batch(
            "DROP TABLE seat_legs;
             CREATE TABLE seat_legs (
                 route_id    BLOB NOT NULL,
                 seat_number INTEGER NOT NULL,
                 leg         INTEGER NOT NULL,
                 holder_id   BLOB NOT NULL,
                 holder_kind INTEGER NOT NULL
             ) STRICT;",
        )
        .unwrap();
        Self(ForgetfulSqlite(sqlite))
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        self.0.open().await
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        self.0.close(store).await;
    }
}

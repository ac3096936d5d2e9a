//! The store's contract, run on PostgreSQL; and its negative controls: without the check in memory
//! the key on `seat_legs` still keeps a seat from being sold twice, and without both the same case
//! must notice it.

use std::sync::Arc;

use store::contract::{Harness, controls};
use store::{CommittedStream, DataKeys, Store};
use store_postgres::{PostgresStore, open_by_callers_time};

use crate::server::Database;

/// A database of its own for each case.
pub(crate) struct Postgres {
    database: Database,
    open: Option<PostgresStore>,
    keys: DataKeys,
}

#[async_trait::async_trait]
impl Harness for Postgres {
    async fn new() -> Self {
        Self { database: Database::with_tables().await, open: None, keys: DataKeys::default() }
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        let (store, stream) =
            open_by_callers_time(&self.database.address(), &self.keys).await.unwrap();
        // The database ends a transaction that a starved process leaves idle. What the suite checks
        // holds if its write is tried again, for as long as that takes.
        store.be_patient();
        self.open = Some(store.clone());
        (Arc::new(store), stream)
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        drop(store);
        self.open.take().expect("what is closed was open").close().await;
    }
}

store::contract_tests!(Postgres);

/// The same decided by two processes, each of which keeps routes that the other changes.
mod by_turns {
    use super::TwoPostgres;

    store::contract_tests!(TwoPostgres);
}

pub(crate) struct TwoPostgres(Postgres);

#[async_trait::async_trait]
impl Harness for TwoPostgres {
    async fn new() -> Self {
        Self(Postgres::new().await)
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        let opened = self.0.open().await;
        self.0.open.as_ref().expect("it was opened").decide_by_turns();
        opened
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        self.0.close(store).await;
    }
}

/// The cases that read and write people, on a database with a data key.
mod sealed {
    use super::SealedPostgres;

    store::contract_tests_of_people!(SealedPostgres);
}

/// The same with personal values encrypted.
pub(crate) struct SealedPostgres(Postgres);

#[async_trait::async_trait]
impl Harness for SealedPostgres {
    async fn new() -> Self {
        let keys = DataKeys::parse("k1=c2VhdHdpcmUncyBvd24gdGVzdCBkYXRhIGtleSAgIDE").unwrap();
        Self(Postgres { keys, ..Postgres::new().await })
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        self.0.open().await
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        self.0.close(store).await;
    }
}

/// The same without the check in memory: only the key is left.
struct ForgetfulPostgres(Postgres);

#[async_trait::async_trait]
impl Harness for ForgetfulPostgres {
    async fn new() -> Self {
        Self(Postgres::new().await)
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        let opened = self.0.open().await;
        self.0.open.as_ref().expect("it was opened").ignore_legs();
        opened
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        self.0.close(store).await;
    }
}

/// The same without both protections of rule 1.
struct KeylessPostgres(ForgetfulPostgres);

#[async_trait::async_trait]
impl Harness for KeylessPostgres {
    async fn new() -> Self {
        let postgres = Postgres::new().await;
        let raw = postgres.database.raw().await;
        raw.batch_execute("ALTER TABLE seat_legs DROP CONSTRAINT seat_legs_one_holder")
            .await
            .unwrap();
        Self(ForgetfulPostgres(postgres))
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        self.0.open().await
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        self.0.close(store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_check_in_memory_the_key_refuses() {
    let refusal = "seat_legs_one_holder";
    controls::without_the_check_in_memory_the_key_refuses::<ForgetfulPostgres>(refusal).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_its_key_the_double_sale_is_noticed() {
    controls::without_its_key_the_double_sale_is_noticed::<KeylessPostgres>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_its_key_the_double_move_is_noticed() {
    controls::without_its_key_the_double_move_is_noticed::<KeylessPostgres>().await;
}

//! The store's contract, held against PostgreSQL; and its negative controls: without the check in memory
//! the key on `seat_legs` still keeps a seat from being sold twice, and without both the same case must
//! notice it.

use std::sync::Arc;

use store::contract::{Harness, World};
use store::{CommittedStream, Store};
use store_postgres::{PostgresStore, open_by_callers_time};

use crate::server::Database;

/// A database of its own for each case.
pub(crate) struct Postgres {
    database: Database,
    open: Option<PostgresStore>,
}

#[async_trait::async_trait]
impl Harness for Postgres {
    async fn new() -> Self {
        Self { database: Database::with_tables().await, open: None }
    }

    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream) {
        let (store, stream) = open_by_callers_time(&self.database.address()).await.unwrap();
        self.open = Some(store.clone());
        (Arc::new(store), stream)
    }

    async fn close(&mut self, store: Arc<dyn Store>) {
        drop(store);
        self.open.take().expect("what is closed was open").close().await;
    }
}

store::contract_tests!(Postgres);

/// The same with the check in memory taken away: what is left is the key.
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

/// The same with both protections of rule 1 taken away.
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

/// The check in memory says that every seat is free: the key refuses all buyers but one, and because
/// that cannot happen while the check stands, they are told of a failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_check_in_memory_the_key_refuses() {
    let world = World::<ForgetfulPostgres>::new().await;
    let route = world.route(40).await;
    let buyers: Vec<_> = (0..50)
        .map(|_| {
            let desk = world.desk();
            tokio::spawn(async move { desk.book(desk.customer, route, 7, (0, 3)).await })
        })
        .collect();
    let (mut sold, mut failed) = (0, 0);
    for buyer in buyers {
        match buyer.await {
            Ok(Ok(_)) => sold += 1,
            Ok(Err(refusal)) => panic!("the rules knew of the first buyer: {refusal:?}"),
            Err(failure) => {
                let panic = failure.into_panic();
                let message = panic.downcast_ref::<String>().expect("a desk's message");
                assert!(message.contains("seat_legs_one_holder"), "{message}");
                failed += 1;
            }
        }
    }
    assert_eq!((sold, failed), (1, 49));
    assert_eq!(world.finish().await.tickets.len(), 1, "nothing is left of those who lost");
}

/// Both taken away, the case goes red: it can fail, and it is they who keep it green.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_its_key_the_double_sale_is_noticed() {
    let case = store::contract::seats::one_seat_goes_to_one_of_200_buyers::<KeylessPostgres>();
    let failure = tokio::spawn(case).await.expect_err("200 buyers got one seat, unnoticed");
    let panic = failure.into_panic();
    let message = panic.downcast_ref::<String>().expect("an assertion's message");
    assert!(message.contains("left: (200, 0)"), "it failed for another reason: {message}");
}

/// As above, for the legs that a move has to find free.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_its_key_the_double_move_is_noticed() {
    let case = store::contract::seats::one_of_many_moves_to_a_seat_wins::<KeylessPostgres>();
    let failure = tokio::spawn(case).await.expect_err("20 tickets moved to one seat, unnoticed");
    let panic = failure.into_panic();
    let message = panic.downcast_ref::<String>().expect("an assertion's message");
    assert!(message.contains("left: (20, 0)"), "it failed for another reason: {message}");
}

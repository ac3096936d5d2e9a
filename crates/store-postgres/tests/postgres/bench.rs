//! A store with a desk and a route, for cases about faults below the driver.

use std::sync::Arc;

use domain::Command;
use store::contract::Desk;
use store::contract::audit::audit;
use store::{CommandError, CommittedStream, DataKeys};
use store_postgres::{Address, PostgresStore, open_by_callers_time};

use crate::server::Database;
use crate::severed::Severed;

/// A store that was opened for a case, with a desk and a route of forty seats.
pub(crate) struct Bench {
    pub(crate) database: Database,
    pub(crate) desk: Desk,
    pub(crate) route: domain::RouteId,
    stream: CommittedStream,
    handle: PostgresStore,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let database = Database::with_tables().await;
        let address = database.address();
        Self::at(database, &address).await
    }

    /// Through a proxy that can cut it off.
    pub(crate) async fn severed() -> (Self, Severed) {
        let database = Database::with_tables().await;
        let severed = Severed::before(database.port()).await;
        let address = database.address_through(severed.port());
        (Self::at(database, &address).await, severed)
    }

    pub(crate) async fn at(database: Database, address: &Address) -> Self {
        let (handle, stream) = open_by_callers_time(address, &DataKeys::default()).await.unwrap();
        let desk = Desk::at(Arc::new(handle.clone()), 1_000);
        desk.hire().await;
        let route = desk.route(40).await;
        Self { database, desk, route, stream, handle }
    }

    pub(crate) async fn books(&self, seat: u16) -> Result<store::Answer, CommandError> {
        let booking = self.desk.booking(self.route, seat, (0, 3));
        let command = self.desk.by(self.desk.customer, Command::Book(booking));
        self.desk.store.execute(command).await
    }

    /// A buyer for each of these seats.
    pub(crate) async fn book_in_one_group(
        &self,
        seats: impl IntoIterator<Item = u16>,
    ) -> Vec<(u16, Result<store::Answer, CommandError>)> {
        let asked = seats.into_iter().map(|seat| async move { (seat, self.books(seat).await) });
        self.in_one_group(asked).await
    }

    /// All commands that come while another process has the clock are one group.
    pub(crate) async fn in_one_group<T>(
        &self,
        asked: impl IntoIterator<Item = impl Future<Output = T>>,
    ) -> Vec<T> {
        let raw = self.database.raw().await;
        let clock = store_postgres::CLOCK;
        raw.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({clock})")).await.unwrap();
        let (answers, ()) = tokio::join!(futures_util::future::join_all(asked), async {
            raw.batch_execute("COMMIT").await.unwrap();
        });
        answers
    }

    /// How many tickets are stored, after the check of the books and of all that was sent.
    pub(crate) async fn tickets(self) -> usize {
        let Self { desk, mut stream, handle, .. } = self;
        let ledger = audit(desk.store.as_ref()).await;
        drop(desk);
        handle.close().await;
        let mut told = Vec::new();
        while let Some(batch) = stream.next().await {
            told.extend(batch.events);
        }
        ledger.check_told(&told);
        ledger.tickets.len()
    }
}

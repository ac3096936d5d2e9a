//! How often a group waits for the database: with every wait, all sales of all servers wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use domain::identity::{Identity, IdentityNumber};
use domain::{Command, Ordinal};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::bench::Bench;
use crate::server::Database;

/// A way to the database that counts how often it is asked something after it has answered.
#[derive(Clone, Default)]
struct Counted {
    has_answered: Arc<AtomicBool>,
    round_trips: Arc<AtomicUsize>,
}

impl Counted {
    /// A store that is opened through it.
    async fn bench() -> (Bench, Self) {
        let database = Database::with_tables().await;
        let counted = Self::default();
        let port = counted.clone().before(database.port()).await;
        let address = database.address_through(port);
        (Bench::at(database, &address).await, counted)
    }

    async fn before(self, server_port: u16) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(("127.0.0.1", server_port)).await.unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let (asks, answers) = (self.clone(), self.clone());
                tokio::spawn(pass(from_client, to_server, move || asks.is_asked()));
                tokio::spawn(pass(from_server, to_client, move || answers.answers()));
            }
        });
        port
    }

    fn is_asked(&self) {
        if self.has_answered.swap(false, Ordering::SeqCst) {
            self.round_trips.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn answers(&self) {
        self.has_answered.store(true, Ordering::SeqCst);
    }

    async fn during<T>(&self, work: impl Future<Output = T>) -> (T, usize) {
        self.answers();
        self.round_trips.store(0, Ordering::SeqCst);
        let done = work.await;
        (done, self.round_trips.load(Ordering::SeqCst))
    }
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, comes: impl Fn()) {
    let mut piece = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        comes();
        if to.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
}

/// The round trips to book, to begin and to settle the payment, and to cancel.
async fn of_a_sale(
    bench: &Bench,
    counted: &Counted,
    seat: u16,
    identity: Option<Identity>,
) -> [usize; 4] {
    let desk = &bench.desk;
    let mut booking = desk.booking(bench.route, seat, (0, 3));
    booking.journeys[0].travellers[0].passenger.identity = identity;
    let book = desk.by(desk.customer, Command::Book(booking));
    let (booked, to_book) = counted.during(desk.execute(book)).await;
    let ticket = booked.unwrap().ticket().ticket.id;
    let (begun, to_begin) = counted.during(desk.begin_payment(desk.customer, ticket)).await;
    let settle = desk.settling(ticket, begun.unwrap(), true);
    let (settled, to_settle) = counted.during(desk.execute(settle)).await;
    settled.unwrap();
    let cancel = desk.cancelling(desk.agent, ticket);
    let (cancelled, to_cancel) = counted.during(desk.execute(cancel)).await;
    cancelled.unwrap();
    [to_book, to_begin, to_settle, to_cancel]
}

/// One to take the clock and to read, one to write and to commit.
#[tokio::test]
async fn a_group_takes_two_round_trips() {
    let (bench, counted) = Counted::bench().await;
    // Whoever else has the document of a ticket that is named by its id can be looked for only once
    // the ticket is read.
    let document = Identity::Turkish(IdentityNumber::parse("10000000146").unwrap());
    for (identity, expected) in [(None, [2, 2, 2, 2]), (Some(document), [2, 3, 3, 3])] {
        // The fewest of several: statements are prepared at the first try, and what is sent may
        // come in pieces.
        let mut fewest = [usize::MAX; 4];
        for seat in 1..=5 {
            let trips = of_a_sale(&bench, &counted, seat, identity.clone()).await;
            fewest = std::array::from_fn(|nth| fewest[nth].min(trips[nth]));
        }
        assert_eq!(fewest, expected, "with the document {identity:?}");
    }
}

/// A request with a token asks for its account, and then for what it wants to know.
#[tokio::test]
async fn a_read_of_one_statement_takes_one_round_trip() {
    let (bench, counted) = Counted::bench().await;
    let (store, customer) = (&bench.desk.store, bench.desk.customer.user_id);
    let mut fewest = [usize::MAX; 3];
    for _ in 0..20 {
        let (account, of_account) = counted.during(store.account(customer)).await;
        assert!(account.unwrap().is_some());
        let (events, of_events) =
            counted.during(store.events(bench.route, Ordinal::new(0), 10)).await;
        events.unwrap();
        let (newest, of_newest) = counted.during(store.newest_group()).await;
        newest.unwrap();
        let trips = [of_account, of_events, of_newest];
        fewest = std::array::from_fn(|nth| fewest[nth].min(trips[nth]));
    }
    assert_eq!(fewest, [1, 1, 1]);
}

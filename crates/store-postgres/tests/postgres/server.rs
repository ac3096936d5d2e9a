//! The throw-away PostgreSQL of the tests: a database of its own for each.

use std::sync::atomic::{AtomicU32, Ordering};

use store_postgres::Address;
use tokio_postgres::{Client, NoTls};

/// Names the server; set by whoever has started it.
const VARIABLE: &str = "SEATWIRE_TEST_POSTGRES";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// An empty database that nobody else sees. It goes with the server.
pub(crate) struct Database {
    url: String,
}

impl Database {
    pub(crate) async fn new() -> Self {
        let server = server();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let client = connect(&format!("{server}/postgres")).await;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        Self { url: format!("{server}/{name}") }
    }

    pub(crate) fn address(&self) -> Address {
        Address::parse(&self.url).unwrap()
    }

    /// Past the driver.
    pub(crate) async fn raw(&self) -> Client {
        connect(&self.url).await
    }
}

fn server() -> String {
    let server = std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!(
            "{VARIABLE} names no PostgreSQL for the tests: start one with `cargo xtask postgres`, \
             which says what to set, or run all tests with `cargo xtask test`"
        )
    });
    server.trim_end_matches('/').to_owned()
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

//! The temporary PostgreSQL of the tests: a database of its own for each.

use store_postgres::Address;
use tokio_postgres::{Client, NoTls};

/// Names the server; set by the program that started it.
const VARIABLE: &str = "SEATWIRE_TEST_POSTGRES";

/// How many short waits are made.
const TRIES_MAX: u32 = 500;

/// A database that no other test sees. It is dropped with its test.
pub(crate) struct Database {
    url: String,
}

/// Nothing is left on the disk of a run with hundreds of them.
impl Drop for Database {
    fn drop(&mut self) {
        let url = self.url.clone();
        // A runtime of its own: the test's may be at its end.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let (server, name) = url.rsplit_once('/').expect("an address names its database");
                let client = connect(&format!("{server}/postgres")).await;
                let gone = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                client.batch_execute(&gone).await.unwrap();
            });
        });
        if dropped.join().is_err() {
            eprintln!("a test's database could not be dropped");
        }
    }
}

impl Database {
    pub(crate) async fn new() -> Self {
        Self::on(&server()).await
    }

    /// On another server than the common one.
    pub(crate) async fn on(server: &str) -> Self {
        let name = next_name();
        let client = connect(&format!("{server}/postgres")).await;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        Self { url: format!("{server}/{name}") }
    }

    /// With the tables, copied from a database that has them: that is quicker than to make them.
    pub(crate) async fn with_tables() -> Self {
        let server = server();
        let client = connect(&format!("{server}/postgres")).await;
        let template = template(&server, &client).await;
        let name = next_name();
        let copy = format!("CREATE DATABASE {name} TEMPLATE {template}");
        client.batch_execute(&copy).await.unwrap();
        Self { url: format!("{server}/{name}") }
    }

    pub(crate) fn address(&self) -> Address {
        Address::parse(&self.url).unwrap()
    }

    /// The same by another port of this machine.
    pub(crate) fn address_through(&self, port: u16) -> Address {
        let own = format!(":{}/", self.port());
        Address::parse(&self.url.replace(&own, &format!(":{port}/"))).unwrap()
    }

    /// Its address, with another server of this machine named before its own.
    pub(crate) fn address_behind(&self, port: u16) -> Address {
        let own = format!("127.0.0.1:{}", self.port());
        let both = format!("127.0.0.1:{port},{own}");
        Address::parse(&self.url.replace(&own, &both)).unwrap()
    }

    /// The server's port.
    pub(crate) fn port(&self) -> u16 {
        let (_, behind) = self.url.rsplit_once(':').expect("the server is named with its port");
        behind.split('/').next().and_then(|port| port.parse().ok()).expect("a port")
    }

    /// A client without the driver.
    pub(crate) async fn raw(&self) -> Client {
        connect(&self.url).await
    }
}

fn next_name() -> String {
    format!("test_{:016x}", fastrand::u64(..))
}

/// Made by the first test that needs it: each is a process of its own, so a lock decides which.
/// Another build may have other tables, so it has another template.
async fn template(server: &str, client: &Client) -> String {
    let built = std::env::current_exe().unwrap().metadata().unwrap().modified().unwrap();
    let built = built.duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
    let (template, unfinished) = (format!("template_{built}"), format!("unfinished_{built}"));
    client.batch_execute("SELECT pg_advisory_lock(1)").await.unwrap();
    let known = client.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&template]).await;
    if known.unwrap().is_empty() {
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {unfinished}")).await.unwrap();
        client.batch_execute(&format!("CREATE DATABASE {unfinished}")).await.unwrap();
        let address = Address::parse(&format!("{server}/{unfinished}")).unwrap();
        store_postgres::migrate(&address).await.unwrap();
        rename(client, &unfinished, &template).await;
    }
    client.batch_execute("SELECT pg_advisory_unlock(1)").await.unwrap();
    template
}

/// Waits until the connection that migrated it is gone.
async fn rename(client: &Client, unfinished: &str, template: &str) {
    let renamed = format!("ALTER DATABASE {unfinished} RENAME TO {template}");
    for _ in 0..TRIES_MAX {
        if client.batch_execute(&renamed).await.is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the template is still in use");
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

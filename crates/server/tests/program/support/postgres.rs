//! A PostgreSQL database of its own for a test, on the throw-away server that `cargo xtask` starts.

use throwaway_postgres::{Pooler, Pooling};
use throwaway_redis::Proxy;
use tokio_postgres::NoTls;

/// Names the server; set by the program that has started it.
const VARIABLE: &str = "SEATWIRE_TEST_POSTGRES";

/// An empty database that no other test uses. It is dropped with its test.
pub struct Database {
    pub url: String,
}

impl Database {
    pub fn new() -> Self {
        let server = std::env::var(VARIABLE).unwrap_or_else(|_| {
            panic!(
                "{VARIABLE} names no PostgreSQL for the tests: start one with `cargo xtask postgres`, \
                 which says what to set, or run all tests with `cargo xtask test`"
            )
        });
        let server = server.trim_end_matches('/').to_owned();
        let name = format!("program_{:016x}", getrandom::u64().unwrap());
        obey(&format!("{server}/postgres"), &format!("CREATE DATABASE {name}"));
        Self { url: format!("{server}/{name}") }
    }

    /// The same, on a machine whose clock the test sets: it is as far ahead of the real one as
    /// `ahead` says.
    pub fn with_clock(ahead: &str) -> Self {
        let database = Self::new();
        let name = database.url.rsplit_once('/').expect("an address names its database").1;
        database.run(&format!(
            "CREATE SCHEMA machine; \
             CREATE TABLE machine.clock (ahead interval NOT NULL); \
             INSERT INTO machine.clock VALUES ('{ahead}'); \
             CREATE FUNCTION machine.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE \
                 AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM machine.clock'; \
             ALTER DATABASE {name} SET search_path = machine, pg_catalog, public"
        ));
        database
    }

    /// Its address for a role that owns it and may open no more than this many connections.
    pub fn with_connections_max(&self, connections: u8) -> String {
        let (server, name) = self.url.rsplit_once('/').expect("an address names its database");
        let host = server.rsplit_once('@').map_or(server, |(_, host)| host);
        self.run(&format!(
            "CREATE ROLE {name} LOGIN CONNECTION LIMIT {connections}; \
             ALTER DATABASE {name} OWNER TO {name}; GRANT ALL ON SCHEMA public TO {name}"
        ));
        format!("postgres://{name}@{host}/{name}")
    }

    /// A proxy to it that can be cut, and its address there.
    pub fn behind_a_proxy(&self) -> (Proxy, String) {
        let (start, port, name) = self.parts();
        let proxy = Proxy::to_port(port).expect("a free port");
        let url = format!("{start}:{}/{name}", proxy.port());
        (proxy, url)
    }

    /// A pooler before it, and its address there.
    pub fn behind_a_pooler(&self, pooling: Pooling) -> (Pooler, String) {
        let (start, port, name) = self.parts();
        let pooler = Pooler::before(port, pooling).expect("PgBouncer starts");
        let url = format!("{start}:{}/{name}", pooler.port());
        (pooler, url)
    }

    /// The same; only TLS is spoken with it. Its certificate is for `localhost`.
    pub fn behind_an_encrypted_pooler(&self, certificate: &str, key: &str) -> (Pooler, String) {
        let (_, port, name) = self.parts();
        let pooling = Pooling::most_shared().expect("PgBouncer is there");
        let pooler = Pooler::encrypted_before(port, pooling, certificate, key);
        let pooler = pooler.expect("PgBouncer starts");
        let url = format!("postgres://seatwire@localhost:{}/{name}", pooler.port());
        (pooler, url)
    }

    /// What stands in its address before the port, the port, and its name.
    fn parts(&self) -> (&str, u16, &str) {
        let (host, name) = self.url.rsplit_once('/').expect("an address names its database");
        let (start, port) = host.rsplit_once(':').expect("an address names its port");
        (start, port.parse().expect("a port"), name)
    }

    /// Sets the clock of a database that was made with its own clock.
    pub fn set_clock(&self, ahead: &str) {
        self.run(&format!("UPDATE machine.clock SET ahead = '{ahead}'"));
    }

    /// What a question that no server of ours asks is answered, as text.
    pub fn ask(&self, sql: &str) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
            let driver = tokio::spawn(connection);
            let row = client.query_one(&format!("SELECT ({sql})::text"), &[]).await.unwrap();
            drop(client);
            drop(driver.await);
            row.get(0)
        })
    }

    /// A transaction that stays open behind this SQL until it is dropped.
    pub fn open_transaction(&self, sql: &str) -> OpenTransaction {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(&format!("BEGIN; {sql}")).await.unwrap();
            client
        });
        OpenTransaction { _client: client, _runtime: runtime }
    }

    /// Runs SQL that no server of ours runs.
    pub fn run(&self, sql: &str) {
        obey(&self.url, sql);
    }
}

/// Ends with its connection.
pub struct OpenTransaction {
    _client: tokio_postgres::Client,
    _runtime: tokio::runtime::Runtime,
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = self.url.rsplit_once('/').expect("an address names its database");
        obey(&format!("{server}/postgres"), &format!("DROP DATABASE {name} WITH (FORCE)"));
        obey(&format!("{server}/postgres"), &format!("DROP ROLE IF EXISTS {name}"));
    }
}

fn obey(url: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        let driver = tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
        drop(client);
        drop(driver.await);
    });
}

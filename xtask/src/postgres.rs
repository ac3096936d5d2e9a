//! A temporary PostgreSQL for the tests, stopped with the process that started it.

use anyhow::{Context as _, Result};
use throwaway_postgres::Server;

/// The variable that tells the tests its address.
pub(crate) const VARIABLE: &str = "SEATWIRE_TEST_POSTGRES";

#[derive(Debug)]
pub(crate) struct Postgres(Server);

impl Postgres {
    /// Makes a cluster and starts it; it is ready when this returns.
    pub(crate) async fn start() -> Result<Self> {
        let server = tokio::task::spawn_blocking(Server::start).await?;
        Ok(Self(server.context("PostgreSQL does not start")?))
    }

    /// Its address, without a database's name.
    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// Stops it and removes its files.
    pub(crate) async fn stop(self) -> Result<()> {
        Ok(tokio::task::spawn_blocking(|| drop(self)).await?)
    }
}

pub(crate) fn is_installed() -> bool {
    throwaway_postgres::is_installed()
}

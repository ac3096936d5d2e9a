//! Servers under test: one on a file, or some on one PostgreSQL, with messages between them through
//! it or through Redis.

use std::path::Path;

use anyhow::Context as _;
use throwaway_postgres::{Durability, Server as Postgres};
use throwaway_redis::Server as Redis;

use crate::bare_postgres::Database;
use crate::cores;
use crate::process::{self, Process};

/// How servers learn of each other's groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FanOut {
    Notify,
    Redis,
}

pub(super) struct Servers {
    processes: Vec<Process>,
    database: Option<Database>,
    /// Ended with it.
    _redis: Option<Redis>,
}

/// Tokens of one server are good on another.
const SECRET: &str = "the load generator's own secret, of no use elsewhere";

impl Servers {
    pub(super) async fn on_sqlite(program: &Path) -> anyhow::Result<Self> {
        let process = Process::start(process::seatwire(program, 0)?).await?;
        Ok(Self { processes: vec![process], database: None, _redis: None })
    }

    /// On a new database of this PostgreSQL.
    pub(super) async fn start(
        program: &Path,
        postgres: &str,
        count: usize,
        fan_out: FanOut,
    ) -> anyhow::Result<Self> {
        let database = Database::make(postgres).await?;
        let redis = match fan_out {
            FanOut::Notify => None,
            FanOut::Redis => Some(on_servers_core(|| {
                Redis::start().context("Redis did not start (Debian: redis-server)")
            })?),
        };
        let mut processes = Vec::new();
        for _ in 0..count {
            let mut command = process::seatwire(program, 0)?;
            command.env("SEATWIRE_DATABASE", database.url()).env("SEATWIRE_JWT_SECRET", SECRET);
            if let Some(redis) = &redis {
                command.env("SEATWIRE_REDIS", format!("redis://127.0.0.1:{}", redis.port()));
            }
            processes.push(Process::start(command).await?);
        }
        Ok(Self { processes, database: Some(database), _redis: redis })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Process> {
        self.processes.iter()
    }

    pub(super) fn first(&self) -> anyhow::Result<&Process> {
        self.processes.first().context("no server")
    }

    pub(super) fn database(&self) -> anyhow::Result<&Database> {
        self.database.as_ref().context("no database")
    }

    /// Their database stays.
    pub(super) async fn end(self) -> anyhow::Result<Option<Database>> {
        for process in self.processes {
            process.kill().await?;
        }
        Ok(self.database)
    }
}

/// A PostgreSQL that syncs what it commits, on the servers' core.
pub(super) fn postgres() -> anyhow::Result<Postgres> {
    on_servers_core(|| {
        Postgres::start_with(Durability::Kept)
            .context("PostgreSQL did not start (Debian: postgresql)")
    })
}

/// What a thread starts stays on the thread's core.
fn on_servers_core<T: Send + 'static>(
    start: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let starting = std::thread::spawn(|| {
        cores::keep_on(cores::Side::Server)?;
        start()
    });
    starting.join().unwrap_or_else(|_| anyhow::bail!("what was to be started panicked"))
}

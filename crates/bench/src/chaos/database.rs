//! The PostgreSQL that several servers share, made for the run: killed and started again, and lost
//! for good while its standby lacks the last commits.
//!
//! Slow work here does not stop the run: writers go on meanwhile.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use throwaway_postgres::{Server, Snapshot};
use tokio::time::sleep;

use super::proxy::Proxy;
use super::world::{Loss, World};

/// How long a standby may take to have all that the other one has.
const FOLLOW_TIMEOUT: Duration = Duration::from_secs(20);
const LOOK_PERIOD: Duration = Duration::from_millis(20);

pub(crate) struct Database {
    pub(crate) nodes: usize,
    server: Server,
    standby: Option<Standby>,
    /// Like that of a report that runs for hours: no old row can be cleaned up meanwhile.
    snapshot: Option<Snapshot>,
    /// Each server's proxy to it.
    ways: Vec<Rc<Proxy>>,
}

struct Standby {
    server: Server,
    /// Its proxy to the server that it follows.
    way: Rc<Proxy>,
}

impl Database {
    /// Starts an empty one.
    pub(crate) async fn start(nodes: usize, with_standby: bool) -> anyhow::Result<Self> {
        let server = beside(Server::start).await?;
        let mut database = Self { nodes, server, standby: None, snapshot: None, ways: Vec::new() };
        if with_standby {
            database.be_followed().await?;
        }
        Ok(database)
    }

    /// A proxy to it for one server: its address, and the proxy for faults.
    pub(super) async fn way(&mut self) -> anyhow::Result<(String, Rc<Proxy>)> {
        let proxy = Proxy::start(&[self.server.port()]).await?;
        self.ways.push(Rc::clone(&proxy));
        Ok((format!("postgres://seatwire@127.0.0.1:{}/postgres", proxy.port), proxy))
    }

    /// Begins a transaction that stays open from now on.
    pub(crate) fn look_on(&mut self) -> anyhow::Result<()> {
        self.snapshot = Some(self.server.snapshot().context("a transaction that stays open")?);
        Ok(())
    }

    /// Kills it and starts it again.
    pub(super) async fn restart(&mut self) -> anyhow::Result<()> {
        self.snapshot = None;
        self.server.kill()?;
        self.server.start_again().context("the database does not start again")?;
        self.look_on()
    }

    pub(super) fn has_standby(&self) -> bool {
        self.standby.is_some()
    }

    /// A failover by a careless operator: the standby does not follow for a while, no commit waits
    /// for it, and then it is the only database.
    pub(super) async fn fail_over(
        &mut self,
        world: &World,
        unfollowed: Duration,
    ) -> anyhow::Result<()> {
        let Some(Standby { server: next, way }) = self.standby.take() else { return Ok(()) };
        // The standby will have everything that was answered by now.
        let from = world.now();
        let place = self.server.ask("SELECT pg_current_wal_insert_lsn()")?;
        let has_it = format!("SELECT pg_last_wal_replay_lsn() >= '{place}'");
        let following = async {
            while next.ask(&has_it)? != "t" {
                sleep(LOOK_PERIOD).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(FOLLOW_TIMEOUT, following)
            .await
            .context("the standby does not follow")??;
        way.lead(&[]);
        sleep(unfollowed).await;
        self.snapshot = None;
        self.server.kill()?;
        next.promote()?;
        self.ways.iter().for_each(|way| way.lead(&[next.port()]));
        // Answers from before the switch may still be on their way.
        world.lost(Loss { from, until: world.now() });
        self.server = next;
        self.be_followed().await?;
        self.look_on()
    }

    async fn be_followed(&mut self) -> anyhow::Result<()> {
        let way = Proxy::start(&[self.server.port()]).await?;
        let port = way.port;
        let server = beside(move || Server::standby_behind(port)).await?;
        self.standby = Some(Standby { server, way });
        Ok(())
    }
}

/// In a thread of its own: the run goes on meanwhile.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    Ok(tokio::task::spawn_blocking(work).await??)
}

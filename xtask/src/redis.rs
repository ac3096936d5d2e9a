//! A temporary Redis of any shape, to try things on. Tests start their own, because they break
//! them.

use crate::console;
use anyhow::{Result, bail};
use throwaway_redis::{Cluster, Sentinels, Server};
use tokio::signal::unix::{SignalKind, signal};

/// Runs until it is stopped.
pub(crate) async fn serve(shape: &[&str]) -> Result<()> {
    if !throwaway_redis::is_installed() {
        bail!("missing: Redis 7 or newer (Debian: redis-server)");
    }
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // Kept until the end: they stop when they are dropped.
    let (url, _kept): (String, Box<dyn std::any::Any>) = match shape {
        [] => {
            let server = Server::start()?;
            (server.url(), Box::new(server))
        }
        ["sentinel"] => {
            let sentinels = Sentinels::start()?;
            (sentinels.url(), Box::new(sentinels))
        }
        ["cluster"] => {
            let cluster = Cluster::start()?;
            (cluster.url(), Box::new(cluster))
        }
        other => bail!("`{}` is no shape of Redis: sentinel or cluster", other.join(" ")),
    };
    console::line(&format!(
        "Redis is running until ctrl-c. For servers that share a PostgreSQL database:\n\n\
         export SEATWIRE_REDIS={url}"
    ));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

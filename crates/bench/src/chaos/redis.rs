//! The Redis for messages between servers: it loses everything now and then, and no viewer may miss
//! an event for that.

use std::rc::Rc;
use std::time::Duration;

use throwaway_redis::Server;
use tokio::time::sleep;

use super::proxy::Proxy;

pub(crate) struct Redis(Server);

impl Redis {
    pub(crate) fn start() -> anyhow::Result<Self> {
        Ok(Self(Server::start()?))
    }

    /// A proxy to it for one server: its address, and the proxy for faults.
    pub(super) async fn way(&self) -> anyhow::Result<(String, Rc<Proxy>)> {
        let proxy = Proxy::start(&[self.0.port()]).await?;
        Ok((format!("redis://127.0.0.1:{}", proxy.port), proxy))
    }

    /// Kills it, and starts it again without its data.
    pub(super) async fn restart(&mut self, away: Duration) -> anyhow::Result<()> {
        self.0.kill()?;
        sleep(away).await;
        Ok(self.0.start_again()?)
    }
}

//! The PostgreSQL that several servers share: where it is, and how it is started anew. It is made and
//! ended by whoever starts the run.

use std::rc::Rc;

use anyhow::{Context as _, bail};
use tokio::process::Command;

use super::proxy::Proxy;

#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) nodes: usize,
    /// Of an empty database on this machine.
    url: String,
    /// What a shell does to end it at once and start it again.
    restart: Option<String>,
}

impl Database {
    /// `None`: one server, on a file.
    pub(crate) fn of(
        nodes: usize,
        url: Option<&str>,
        restart: Option<&str>,
    ) -> anyhow::Result<Option<Self>> {
        match (nodes, url) {
            (0, _) => bail!("--nodes: at least one server"),
            (1, None) => Ok(None),
            (_, None) => bail!("--database: several servers need a PostgreSQL"),
            (_, Some(url)) => {
                let (url, restart) = (url.to_owned(), restart.map(str::to_owned));
                Ok(Some(Self { nodes, url, restart }))
            }
        }
    }

    /// A way to it for one server: its address, and what can be done to it.
    pub(super) async fn way(&self) -> anyhow::Result<(String, Rc<Proxy>)> {
        let (before, behind) = self.url.rsplit_once(':').context("--database: no port")?;
        let (port, name) = behind.split_once('/').context("--database: no name")?;
        let port = port.parse().context("--database: no port")?;
        let proxy = Proxy::start(&[port]).await?;
        Ok((format!("{before}:{}/{name}", proxy.port), proxy))
    }

    /// Ends it without a warning and starts it again. False if nobody has said how.
    pub(super) async fn restart(&self) -> anyhow::Result<bool> {
        let Some(restart) = &self.restart else { return Ok(false) };
        let done = Command::new("sh").args(["-c", restart]).output().await?;
        if !done.status.success() {
            bail!("the database did not start: {}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(true)
    }
}

//! The servers that are killed, paused and started again, always on the same ports and database:
//! one on a file of its own, or several on one PostgreSQL, each behind a network of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::company::{ADMIN_EMAIL, ADMIN_PASSWORD};
use super::database::Database;
use super::proxy::Proxy;
use super::redis::Redis;
use crate::process::BUILD;

/// From the start of the program to the line that says where it listens. The database may be away
/// then.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// More than any run produces: no viewer may need a snapshot to catch up.
const RECOVERY_EVENTS: &str = "100000";

/// Clients that were not recovered are searched here.
const LOG: &str = "warn,rooms::recovery=debug";

/// Servers of one database need a common one.
const SECRET: &str = "chaos-of-several-servers-917f4a2c";

/// Faults are done to one of them, the chosen one.
pub(crate) struct Victim {
    program: PathBuf,
    folder: TempDir,
    hold_seconds: u64,
    nodes: Vec<Node>,
    chosen: usize,
}

#[derive(Default)]
struct Node {
    port: u16,
    child: Option<Child>,
    /// Its proxy to the database, where that is a server of its own.
    database: Option<(String, Rc<Proxy>)>,
    redis: Option<(String, Rc<Proxy>)>,
}

impl Victim {
    /// As many servers as the database is for; one, if there is none.
    pub(crate) async fn start(
        program: &Path,
        hold_seconds: u64,
        database: Option<&mut Database>,
        redis: Option<&Redis>,
    ) -> anyhow::Result<Self> {
        let program = program.canonicalize().with_context(|| {
            format!("{} is not there; build it first: {BUILD}", program.display())
        })?;
        let folder = tempfile::tempdir()?;
        let mut nodes = Vec::new();
        match database {
            None => nodes.push(Node::default()),
            Some(database) => {
                for _ in 0..database.nodes {
                    let way = Some(database.way().await?);
                    let redis = match redis {
                        Some(redis) => Some(redis.way().await?),
                        None => None,
                    };
                    nodes.push(Node { database: way, redis, ..Node::default() });
                }
            }
        }
        let mut victim = Self { program, folder, hold_seconds, nodes, chosen: 0 };
        for chosen in 0..victim.nodes.len() {
            victim.chosen = chosen;
            victim.spawn()?;
            let port = victim.listening().await?;
            if let Some(node) = victim.nodes.get_mut(chosen) {
                node.port = port;
            }
        }
        Ok(victim)
    }

    pub(crate) fn ports(&self) -> Vec<u16> {
        self.nodes.iter().map(|node| node.port).collect()
    }

    /// The chosen one's port.
    pub(crate) fn port(&self) -> anyhow::Result<u16> {
        Ok(self.chosen().context("no such server")?.port)
    }

    /// Chooses the one for the next faults.
    pub(crate) fn choose(&mut self, dice: &mut fastrand::Rng) {
        self.chosen = dice.usize(..self.nodes.len());
    }

    /// The chosen one's proxy to its database.
    pub(crate) fn way_to_database(&self) -> Option<Rc<Proxy>> {
        let (_, proxy) = self.chosen()?.database.as_ref()?;
        Some(Rc::clone(proxy))
    }

    /// The chosen one's proxy to Redis.
    pub(crate) fn way_to_redis(&self) -> Option<Rc<Proxy>> {
        let (_, proxy) = self.chosen()?.redis.as_ref()?;
        Some(Rc::clone(proxy))
    }

    pub(crate) fn heal(&self) {
        let ways = self.nodes.iter().flat_map(|node| [&node.database, &node.redis]).flatten();
        ways.for_each(|(_, proxy)| proxy.heal());
    }

    fn chosen(&self) -> Option<&Node> {
        self.nodes.get(self.chosen)
    }

    /// Starts it and does not wait.
    pub(crate) fn spawn(&mut self) -> anyhow::Result<()> {
        let log = std::fs::File::options().create(true).append(true).open(self.log_path())?;
        let node = self.nodes.get_mut(self.chosen).context("no such server")?;
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SEATWIRE_") {
                command.env_remove(name);
            }
        }
        if let Some((url, _)) = &node.database {
            command.env("SEATWIRE_DATABASE", url).env("SEATWIRE_JWT_SECRET", SECRET);
        }
        if let Some((url, _)) = &node.redis {
            command.env("SEATWIRE_REDIS", url);
        }
        command
            .args(["--listen", &format!("localhost:{}", node.port), "--log", LOG])
            .args(["--hold-seconds", &self.hold_seconds.to_string(), "--demo", "false"])
            .args(["--recovery-events", RECOVERY_EVENTS])
            .env("SEATWIRE_RATE_LIMIT", "off")
            .env("SEATWIRE_TRUSTED_PROXIES", "127.0.0.0/8")
            .env("SEATWIRE_ADMIN_EMAIL", ADMIN_EMAIL)
            .env("SEATWIRE_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .current_dir(self.folder.path())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        node.child = Some(command.spawn()?);
        Ok(())
    }

    /// Waits until it listens; returns the port.
    pub(crate) async fn listening(&mut self) -> anyhow::Result<u16> {
        let node = self.nodes.get_mut(self.chosen).context("no such server")?;
        let child = node.child.as_mut().context("it does not run")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(START_TIMEOUT, lines.next_line()).await;
        let Some(line) = line.context("it does not start")?? else {
            bail!("it ended at once: {}", self.log());
        };
        let port = line.rsplit(':').next().and_then(|port| port.trim().parse().ok());
        port.with_context(|| format!("no port in {line:?}"))
    }

    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        let child = self.nodes.get_mut(self.chosen).and_then(|node| node.child.take());
        if let Some(mut child) = child {
            // SIGKILL; waits until it is gone.
            child.kill().await?;
        }
        Ok(())
    }

    pub(crate) fn pause(&self) -> anyhow::Result<()> {
        self.signal(Signal::STOP)
    }

    pub(crate) fn go_on(&self) -> anyhow::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Finds the first that ended without being killed: it becomes the chosen one.
    pub(crate) fn has_died(&mut self) -> bool {
        let has_ended = |node: &mut Node| {
            node.child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)))
        };
        let dead = self.nodes.iter_mut().position(has_ended);
        self.chosen = dead.unwrap_or(self.chosen);
        dead.is_some()
    }

    /// How many sessions they could not save, by their log.
    pub(crate) fn sessions_given_up(&self) -> usize {
        self.whole_log().matches("a session cannot be kept").count()
    }

    fn whole_log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// The last lines that they wrote.
    pub(crate) fn log(&self) -> String {
        let text = self.whole_log();
        // The line of a new epoch is searched, also far from the end.
        let is_worth_it = |(at, line): &(usize, &str)| *at < 20 || line.contains("begin anew");
        let lines = text.lines().rev().enumerate().filter(is_worth_it);
        let lines: Vec<_> = lines.map(|(_, line)| line).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// One log for all: its lines are whole.
    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log.txt")
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let child = self.chosen().and_then(|node| node.child.as_ref());
        let id = child.and_then(Child::id).context("it does not run")?;
        let pid = Pid::from_raw(i32::try_from(id)?).context("no process")?;
        Ok(kill_process(pid, signal)?)
    }
}

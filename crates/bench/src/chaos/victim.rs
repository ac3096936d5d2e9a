//! The server that is killed, paused and started again, always on the same port and database.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::company::{ADMIN_EMAIL, ADMIN_PASSWORD};
use crate::process::BUILD;

/// From the start of the program to the line that says where it listens.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// More than any run produces: nobody may be caught up by a snapshot.
const RECOVERY_EVENTS: &str = "100000";

pub(crate) struct Victim {
    program: PathBuf,
    folder: TempDir,
    pub(crate) port: u16,
    hold_seconds: u64,
    child: Option<Child>,
}

impl Victim {
    pub(crate) async fn start(program: &Path, hold_seconds: u64) -> anyhow::Result<Self> {
        let program = program.canonicalize().with_context(|| {
            format!("{} is not there; build it first: {BUILD}", program.display())
        })?;
        let folder = tempfile::tempdir()?;
        let mut victim = Self { program, folder, port: 0, hold_seconds, child: None };
        victim.spawn()?;
        victim.port = victim.listening().await?;
        Ok(victim)
    }

    /// Starts it and does not wait.
    pub(crate) fn spawn(&mut self) -> anyhow::Result<()> {
        let log = std::fs::File::options().create(true).append(true).open(self.log_path())?;
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SEATWIRE_") {
                command.env_remove(name);
            }
        }
        command
            .args(["--listen", &format!("localhost:{}", self.port), "--log", "warn"])
            .args(["--hold-seconds", &self.hold_seconds.to_string(), "--demo", "false"])
            .args(["--recovery-events", RECOVERY_EVENTS])
            .env("SEATWIRE_RATE_LIMIT", "off")
            .env("SEATWIRE_ADMIN_EMAIL", ADMIN_EMAIL)
            .env("SEATWIRE_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .current_dir(self.folder.path())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        self.child = Some(command.spawn()?);
        Ok(())
    }

    /// Waits until it listens; on which port.
    pub(crate) async fn listening(&mut self) -> anyhow::Result<u16> {
        let child = self.child.as_mut().context("it does not run")?;
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
        if let Some(mut child) = self.child.take() {
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

    /// Ended although nobody killed it.
    pub(crate) fn has_died(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)))
    }

    /// The last lines that it wrote.
    pub(crate) fn log(&self) -> String {
        let text = std::fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<_> = text.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log.txt")
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let id = self.child.as_ref().and_then(Child::id).context("it does not run")?;
        let pid = Pid::from_raw(i32::try_from(id)?).context("no process")?;
        Ok(kill_process(pid, signal)?)
    }
}

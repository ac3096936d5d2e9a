//! A server under test: started on the first core in a folder of its own, asked for its memory and
//! its use of the core, ended with `SIGKILL`.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::cores;

/// It measures the deployed profile; the default release profile is for a first look.
pub(crate) const SEATWIRE: &str = "target/dist/seatwire";
pub(crate) const BUILD: &str = "cargo build --profile dist --workspace";

/// From the start of the program to the line that says where it listens.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Before a look at memory, at every server: what was needed for a moment is freed meanwhile.
/// Seatwire gives it back to the system every two seconds.
pub(crate) const SETTLE: Duration = Duration::from_secs(3);

pub(crate) struct Process {
    child: Child,
    pub(crate) port: u16,
    pub(crate) pid: u32,
    folder: Rc<TempDir>,
}

impl Process {
    /// Starts a program whose first line is `listening on http://localhost:PORT`.
    pub(crate) async fn start(command: Command) -> anyhow::Result<Self> {
        Self::start_in(command, Rc::new(tempfile::tempdir()?)).await
    }

    /// Starts it in the folder of an earlier one.
    pub(crate) async fn start_in(
        mut command: Command,
        folder: Rc<TempDir>,
    ) -> anyhow::Result<Self> {
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn()?;
        let pid = child.id().context("it ended at once")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(START_TIMEOUT, lines.next_line()).await;
        let line =
            line.context("it does not say where it listens")??.context("it ended at once")?;
        let port = line.rsplit(':').next().and_then(|port| port.trim().parse().ok());
        let port = port.with_context(|| format!("no port in {line:?}"))?;
        cores::ensure_is_on_servers(pid)?;
        // A program that prints must not block because no one reads.
        tokio::task::spawn_local(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, port, pid, folder })
    }

    pub(crate) fn folder(&self) -> Rc<TempDir> {
        Rc::clone(&self.folder)
    }

    /// Resident memory in KiB.
    pub(crate) fn rss_kib(&self) -> anyhow::Result<u32> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok());
        kib.context("no VmRSS")
    }

    /// With `SIGKILL`: no close, no cleanup.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// A command on the server's core, without Seatwire settings in its environment.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = match cores::of(cores::Side::Server) {
        Some(core) => {
            // When the load generator is killed, the server must end too: no other process would
            // end it.
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "KILL", "taskset", "-c"]);
            command.arg(core.to_string()).arg(program);
            command
        }
        None => Command::new(program),
    };
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SEATWIRE_") {
            command.env_remove(name);
        }
    }
    command
}

/// Seatwire with demo data; port 0 picks a free one.
pub(crate) fn seatwire(program: &Path, port: u16) -> anyhow::Result<Command> {
    let program = program
        .canonicalize()
        .with_context(|| format!("{} is not there; build it first: {BUILD}", program.display()))?;
    let mut command = command(program);
    command.env("SEATWIRE_RATE_LIMIT", "off");
    command.args(["--listen", &format!("localhost:{port}"), "--log", "warn"]);
    Ok(command)
}

//! A server under test: started on the first core, asked for its memory, stopped at the end.

use std::path::Path;
use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

pub(crate) struct Running {
    child: Child,
    pub(crate) port: u16,
    pid: u32,
    _folder: tempfile::TempDir,
}

impl Running {
    /// Seatwire with demo data in a folder of its own.
    pub(crate) async fn seatwire(program: &Path) -> anyhow::Result<Self> {
        let program = program.canonicalize().with_context(|| {
            format!("{} is not there; run `cargo build --release` first", program.display())
        })?;
        let mut command = on_first_core(&program);
        command.args(["--listen", "localhost:0", "--log", "warn"]);
        Self::start(command).await
    }

    pub(crate) async fn floor() -> anyhow::Result<Self> {
        let mut command = on_first_core(&std::env::current_exe()?);
        command.arg("floor");
        Self::start(command).await
    }

    /// The first line says `listening on http://localhost:PORT`.
    async fn start(mut command: Command) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        command.current_dir(folder.path()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let pid = child.id().context("it ended at once")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = lines.next_line().await?.context("it ended at once")?;
        let port = line.rsplit(':').next().and_then(|port| port.trim().parse().ok());
        let port = port.with_context(|| format!("no port in {line:?}"))?;
        // Whoever prints must not be blocked by nobody reading.
        tokio::task::spawn_local(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, port, pid, _folder: folder })
    }

    /// Resident memory in KiB.
    pub(crate) fn rss_kib(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok());
        kib.context("no VmRSS")
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

fn on_first_core(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SEATWIRE_") {
            command.env_remove(name);
        }
    }
    command
}

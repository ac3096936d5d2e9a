//! How another program runs: in its own process group, so that all processes that it starts can be
//! ended with it: when it is done, when it fails, and when the developer presses ctrl-c.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

/// How long an interrupted program may take to clean up.
const FAREWELL_SECONDS: u64 = 10;

#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
}

impl Program {
    pub(crate) fn new(program: impl AsRef<OsStr>, dir: &Path) -> Self {
        let mut command = Command::new(program);
        command.current_dir(dir).stdin(Stdio::null()).process_group(0);
        Self { command }
    }

    pub(crate) fn cargo(dir: &Path) -> Self {
        // The cargo that runs us, so that `cargo +toolchain xtask` stays on its toolchain.
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), dir)
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs to the end, its output going where ours goes.
    ///
    /// # Errors
    /// When it cannot be started, fails, or we are stopped meanwhile.
    pub(crate) async fn run(mut self) -> Result<()> {
        let shown = self.shown();
        let child = self.command.spawn().with_context(|| format!("cannot start `{shown}`"))?;
        let status = watch(child, &shown).await?;
        if !status.success() {
            bail!("`{shown}` ended with {status}");
        }
        Ok(())
    }

    /// Whether it runs and succeeds; its output is dropped.
    pub(crate) async fn succeeds(mut self) -> bool {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self.command.status().await.is_ok_and(|status| status.success())
    }

    fn shown(&self) -> String {
        let command = self.command.as_std();
        let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
        std::iter::once(name)
            .chain(command.get_args())
            .map(OsStr::to_string_lossy)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

async fn watch(mut child: Child, shown: &str) -> Result<ExitStatus> {
    let group = child.id().context("a program that has just started has an id")?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let told = tokio::select! {
        status = child.wait() => {
            // Processes that it left running would keep ports and files, and no one would know why.
            signal_group(group, "KILL").await;
            return Ok(status?);
        }
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
        _ = hangup.recv() => "SIGHUP",
    };
    signal_group(group, "TERM").await;
    // In time or not, the group is killed next.
    let _ = tokio::time::timeout(Duration::from_secs(FAREWELL_SECONDS), child.wait()).await;
    signal_group(group, "KILL").await;
    bail!("stopped by {told} while `{shown}` was running");
}

/// Through the shell's own `kill`: this workspace denies `unsafe`, and a failure means only that
/// the group is gone already, which is what we want.
async fn signal_group(group: u32, name: &str) {
    let line = format!("kill -s {name} -- -{group} 2>/dev/null");
    let _ = Command::new("sh").args(["-c", &line]).status().await;
}

//! The outside programs that the checks need, and where each comes from.
//!
//! A missing one is installed where that is possible without asking (root on a machine with
//! apt-get; cargo's own installer), and is otherwise a failure that says what to install.
//! No check is skipped because its tool is missing.

use crate::console;
use crate::postgres;
use crate::program::Program;
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use std::env;
use std::path::{Path, PathBuf};

const NODE_IS_NEW_ENOUGH: &str =
    "process.exit(Number(process.versions.node.split('.')[0]) >= 20 ? 0 : 1)";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Node,
    Python,
    Chromium,
    Curl,
    Nextest,
    Postgres,
    Pgbouncer,
    Promtool,
    Redis,
    /// HAProxy and Caddy.
    Proxies,
    Compose,
    Systemd,
}

impl Tool {
    async fn is_there(self, root: &Path) -> bool {
        match self {
            Self::Node => {
                on_path(&["npm"]).is_some()
                    && Program::new("node", root).args(["-e", NODE_IS_NEW_ENOUGH]).succeeds().await
            }
            // Debian ships python3 without the parts that `python3 -m venv` needs.
            Self::Python => {
                Program::new("python3", root)
                    .args(["-c", "import venv, ensurepip"])
                    .succeeds()
                    .await
            }
            Self::Chromium => chromium().is_some(),
            Self::Curl => on_path(&["curl"]).is_some(),
            Self::Nextest => on_path(&["cargo-nextest"]).is_some(),
            Self::Postgres => postgres::is_installed(),
            Self::Pgbouncer => throwaway_postgres::pooler_is_installed(),
            Self::Promtool => on_path(&["promtool"]).is_some(),
            Self::Redis => throwaway_redis::is_installed(),
            Self::Proxies => haproxy().is_some() && on_path(&["caddy"]).is_some(),
            Self::Compose => on_path(&["docker-compose"]).is_some(),
            Self::Systemd => on_path(&["systemd-analyze"]).is_some(),
        }
    }

    fn debian_packages(self) -> &'static [&'static str] {
        match self {
            Self::Node => &["nodejs", "npm"],
            Self::Python => &["python3", "python3-venv"],
            Self::Chromium => &["chromium"],
            Self::Curl => &["curl"],
            Self::Nextest => &[],
            Self::Postgres => &["postgresql"],
            Self::Pgbouncer => &["pgbouncer"],
            Self::Promtool => &["prometheus"],
            Self::Redis => &["redis-server"],
            Self::Proxies => &["haproxy", "caddy"],
            Self::Compose => &["docker-compose"],
            Self::Systemd => &["systemd"],
        }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Node => "Node.js 20 or newer with npm (`node` and `npm` on PATH)",
            Self::Python => {
                "Python 3 with its venv module (`python3` on PATH; Debian: python3-venv)"
            }
            Self::Chromium => {
                "Chromium or Chrome (`chromium`, `chromium-browser` or `google-chrome` on PATH)"
            }
            Self::Curl => "curl",
            Self::Postgres => "PostgreSQL 14 or newer (Debian: postgresql)",
            Self::Pgbouncer => "PgBouncer (`pgbouncer` on PATH or in /usr/sbin; Debian: pgbouncer)",
            Self::Promtool => "promtool (Debian: prometheus; else from prometheus.io)",
            Self::Proxies => "HAProxy and Caddy (Debian: haproxy caddy)",
            Self::Compose => "docker-compose (Debian: docker-compose); no Docker has to run",
            Self::Systemd => "systemd-analyze (Debian: systemd); systemd does not have to run",
            Self::Redis => {
                "Redis 7 or newer (`redis-server` and `redis-cli` on PATH; Debian: redis-server)"
            }
            Self::Nextest => "cargo-nextest (`cargo install cargo-nextest --locked`)",
        }
    }

    async fn install(self, workspace: &Workspace) -> Result<()> {
        let root = workspace.root();
        if self == Self::Nextest {
            console::line("cargo-nextest is missing: building it with cargo install");
            return Program::cargo(root).args(["install", "cargo-nextest", "--locked"]).run().await;
        }
        let packages = self.debian_packages();
        if !may_install(root).await {
            bail!("missing: {}. Install it and run again.", self.wanted());
        }
        console::line(&format!("installing the Debian packages {}", packages.join(" ")));
        let apt = || Program::new("apt-get", root).env("DEBIAN_FRONTEND", "noninteractive");
        apt().args(["update", "-q"]).run().await?;
        apt().args(["install", "-q", "-y", "--no-install-recommends"]).args(packages).run().await
    }
}

/// Makes sure that every tool is there before the first check starts, so that a missing browser
/// does not show only after ten minutes of compiling.
pub(crate) async fn ensure(tools: &[Tool], workspace: &Workspace) -> Result<()> {
    for &tool in tools {
        if tool.is_there(workspace.root()).await {
            continue;
        }
        tool.install(workspace).await?;
        if !tool.is_there(workspace.root()).await {
            bail!("installed what there is, and still missing: {}", tool.wanted());
        }
    }
    Ok(())
}

/// The browser that the tests drive.
pub(crate) fn chromium() -> Option<PathBuf> {
    on_path(&["chromium", "chromium-browser", "google-chrome"])
}

/// Debian puts it in a folder that only administrators have in their path.
fn haproxy() -> Option<PathBuf> {
    on_path(&["haproxy"])
        .or_else(|| Some(PathBuf::from("/usr/sbin/haproxy")).filter(|it| it.is_file()))
}

pub(crate) fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let dirs: Vec<PathBuf> = env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| dirs.iter().map(move |dir| dir.join(name)))
        .find(|file| file.is_file())
}

async fn may_install(root: &Path) -> bool {
    on_path(&["apt-get"]).is_some()
        && Program::new("sh", root).args(["-c", "test \"$(id -u)\" = 0"]).succeeds().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_exists_is_found_and_one_that_does_not_is_not() {
        assert!(on_path(&["no-such-program-anywhere", "sh"]).is_some());
        assert_eq!(on_path(&["no-such-program-anywhere"]), None);
    }
}

//! The servers that Seatwire is measured beside, built when they are needed from their published
//! packages. A server that cannot be built is reported with the reason, and the run goes on without
//! it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::process;
use crate::which::Which;

/// Where the peers' sources are.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");

/// The folder of their builds: beside our own.
const BUILT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers");

/// Builds what these servers need, on all cores. Returns those that could not be built, and why.
pub(crate) fn build(wanted: &[Which]) -> Vec<(Which, String)> {
    let is_wanted = |group: [Which; 2]| wanted.iter().any(|which| group.contains(which));
    let mut missing = Vec::new();
    for (group, build) in [
        (Which::SOCKETIOXIDE, socketioxide as fn() -> anyhow::Result<()>),
        (Which::SOCKET_IO, || packages("node")),
        (Which::BUN, || packages("bun")),
    ] {
        if is_wanted(group)
            && let Err(error) = build()
        {
            let reason = format!("{error:#}");
            missing.extend(group.map(|which| (which, reason.clone())));
        }
    }
    missing.retain(|(which, _)| wanted.contains(which));
    missing
}

fn socketioxide() -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "--quiet", "--target-dir", BUILT]);
    cargo.arg("--manifest-path").arg(Path::new(SOURCES).join("socketioxide/Cargo.toml"));
    succeed(&mut cargo)
}

/// What the sources in this folder import, from npm; Bun itself is among it.
fn packages(folder: &str) -> anyhow::Result<()> {
    let folder = Path::new(SOURCES).join(folder);
    if folder.join("node_modules/.package-lock.json").exists() {
        return Ok(());
    }
    succeed(Command::new("npm").arg("ci").arg("--silent").current_dir(folder))
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let output = command.stderr(Stdio::piped()).output();
    let output = output.with_context(|| format!("{name} cannot be started"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        let line = told.lines().find(|line| line.contains("error")).unwrap_or("it says nothing");
        bail!("{name} ended with {}: {}", output.status, line.trim());
    }
    Ok(())
}

/// How to start a peer that was built.
pub(crate) fn command(which: Which) -> tokio::process::Command {
    let built = |name: &str| process::command(PathBuf::from(BUILT).join("release").join(name));
    let script = |program: PathBuf, path: &str| {
        let mut command = process::command(program);
        command.arg(Path::new(SOURCES).join(path));
        command
    };
    let node = || script("node".into(), "node/server.js");
    let bun = |path| script(Path::new(SOURCES).join("bun/node_modules/.bin/bun"), path);
    match which {
        Which::Socketioxide => built("standard"),
        Which::SocketioxideFastest => built("fastest"),
        Which::SocketIoFastest => {
            let mut command = node();
            command.arg("--fastest");
            command
        }
        Which::BunSocketIo => bun("bun/engine.js"),
        Which::Bun => bun("bun/publish.js"),
        Which::SocketIo | Which::Floor | Which::FloorBatched | Which::Seatwire => node(),
    }
}

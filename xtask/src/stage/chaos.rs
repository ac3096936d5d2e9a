//! Viewers and writers on a real server that is killed, paused and cut off, or on several servers
//! with their database and Redis, which are broken too.
//!
//! As a stage it is short and runs on the debug build that the real clients use; as a command it
//! builds the deployed profile (`dist`) and takes the options of `bench chaos --help`.

use super::javascript;
use crate::postgres;
use crate::program::Program;
use crate::workspace::Workspace;
use anyhow::Result;

/// Small enough for a busy machine; it has every kind of viewer and each kind of fault.
const BOUNDED: &[&str] = &[
    "--seconds",
    "20",
    "--viewers",
    "150",
    "--stock",
    "20",
    "--routes",
    "8",
    "--rate",
    "60",
    "--hold",
    "4",
    "--leave-unfinished",
];

/// The same with two servers on one PostgreSQL with a standby, and one Redis. This one waits until
/// every payment has an end.
const BOUNDED_OF_TWO: &[&str] = &[
    "--nodes",
    "2",
    "--seconds",
    "35",
    "--viewers",
    "100",
    "--stock",
    "20",
    "--routes",
    "8",
    "--rate",
    "40",
    "--hold",
    "4",
];

pub(super) async fn bounded(workspace: &Workspace) -> Result<()> {
    Program::cargo(workspace.root()).args(["build", "-p", "bench"]).run().await?;
    run(workspace, "debug", BOUNDED).await?;
    if postgres::is_installed() {
        let without: &[_] = if throwaway_redis::is_installed() { &[] } else { &["--no-redis"] };
        run(workspace, "debug", &[BOUNDED_OF_TWO, without].concat()).await?;
    }
    Ok(())
}

pub(super) async fn whole(workspace: &Workspace, options: &[&str]) -> Result<()> {
    Program::cargo(workspace.root())
        .args(["build", "--profile", "dist", "-p", "server", "-p", "bench"])
        .run()
        .await?;
    run(workspace, "dist", options).await
}

async fn run(workspace: &Workspace, profile: &str, options: &[&str]) -> Result<()> {
    javascript::install(&workspace.path("tests/js")).await?;
    Program::new(workspace.built(profile, "bench"), workspace.root())
        .args(["--seatwire"])
        .args([workspace.built(profile, "seatwire")])
        .args(["chaos", "--stock-script"])
        .args([workspace.path("tests/js/chaos/viewers.js")])
        .args(options)
        .run()
        .await
}

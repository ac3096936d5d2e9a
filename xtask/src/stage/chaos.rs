//! The real thing: viewers and writers on a server that is killed, paused and cut off.
//!
//! As a stage it is short and runs on the debug build that the real clients use; as a command it
//! builds what is deployed (the `dist` profile) and takes what `bench chaos --help` lists.

use super::javascript;
use crate::postgres::{self, Postgres};
use crate::program::Program;
use crate::workspace::Workspace;
use anyhow::Result;

/// Small enough for a busy machine; every kind of viewer and most kinds of trouble are in it.
const BOUNDED: [&str; 12] = [
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
];

/// The same with two servers on one PostgreSQL.
const BOUNDED_OF_TWO: [&str; 12] = [
    "--nodes",
    "2",
    "--seconds",
    "20",
    "--viewers",
    "100",
    "--routes",
    "8",
    "--rate",
    "40",
    "--hold",
    "4",
];

/// Names how many servers there are to be.
const NODES: &str = "--nodes";

pub(super) async fn bounded(workspace: &Workspace) -> Result<()> {
    Program::cargo(workspace.root()).args(["build", "-p", "bench"]).run().await?;
    run(workspace, "debug", &BOUNDED).await?;
    if postgres::is_installed() {
        of_several(workspace, "debug", &BOUNDED_OF_TWO).await?;
    }
    Ok(())
}

pub(super) async fn whole(workspace: &Workspace, options: &[&str]) -> Result<()> {
    Program::cargo(workspace.root())
        .args(["build", "--profile", "dist", "-p", "server", "-p", "bench"])
        .run()
        .await?;
    if options.iter().any(|option| option.starts_with(NODES)) {
        return of_several(workspace, "dist", options).await;
    }
    run(workspace, "dist", options).await
}

/// On a PostgreSQL of their own, which is ended and started again too.
async fn of_several(workspace: &Workspace, profile: &str, options: &[&str]) -> Result<()> {
    let postgres = Postgres::start().await?;
    let (database, restart) = (format!("{}/postgres", postgres.url()), postgres.restart());
    let shared =
        ["--since-only", "--database", database.as_str(), "--database-restart", restart.as_str()];
    let outcome = run(workspace, profile, &[options, &shared].concat()).await;
    postgres.stop().await?;
    outcome
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

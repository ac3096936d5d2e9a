//! The stages that cargo itself runs. A warning is a failure in every one of them.

use crate::postgres::{self, Postgres};
use crate::program::Program;
use crate::workspace::Workspace;
use anyhow::Result;

pub(super) async fn fmt(workspace: &Workspace) -> Result<()> {
    cargo(workspace, &["fmt", "--all", "--check"]).run().await
}

pub(super) async fn clippy(workspace: &Workspace) -> Result<()> {
    cargo(workspace, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
        .run()
        .await
}

pub(super) async fn build(workspace: &Workspace) -> Result<()> {
    cargo(workspace, &["build", "-p", "server"]).run().await?;
    // As a newcomer starts it, and not as the tests below do: cargo sets variables for the programs
    // that it runs.
    cargo(workspace, &["run", "--", "check-config"]).run().await?;
    cargo(workspace, &["build", "-p", "socketio", "--examples"]).run().await
}

pub(super) async fn doc(workspace: &Workspace) -> Result<()> {
    cargo(workspace, &["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
        .await
}

pub(super) async fn doctest(workspace: &Workspace) -> Result<()> {
    cargo(workspace, &["test", "--doc", "--workspace"]).run().await
}

pub(super) async fn nextest(workspace: &Workspace) -> Result<()> {
    let postgres = Postgres::start().await?;
    let tests = cargo(workspace, &["nextest", "run", "--workspace"])
        .env(postgres::VARIABLE, postgres.url())
        .run()
        .await;
    // It is stopped with any result of the tests, and their failure is the one that counts.
    tests.and(postgres.stop().await)
}

fn cargo(workspace: &Workspace, args: &[&str]) -> Program {
    Program::cargo(workspace.root()).args(args)
}

//! The long attack: floods, slow clients, bombs and timing (`tests/attack/attack.js`), or a schema
//! fuzz with schemathesis, each against a deployed build of the server.

use super::javascript;
use crate::program::Program;
use crate::workspace::Workspace;
use anyhow::{Result, bail};

/// The package for `--schema`, outside the environment of the stages because it has many
/// dependencies.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

pub(super) async fn whole(workspace: &Workspace, options: &[&str]) -> Result<()> {
    let seconds = match options {
        [] => "8",
        ["--seconds", seconds] => seconds,
        ["--schema"] => return schema(workspace).await,
        _ => bail!("`cargo xtask attack` takes `--seconds N` or `--schema`"),
    };
    built(workspace).await?;
    Program::new("node", &workspace.path("tests/attack"))
        .args(["attack.js", seconds])
        .env("SEATWIRE_TEST_BIN", workspace.built("dist", "seatwire"))
        .run()
        .await
}

async fn schema(workspace: &Workspace) -> Result<()> {
    built(workspace).await?;
    let venv = workspace.built("attack", "python-venv");
    let program = venv.join("bin").join("schemathesis");
    if !program.is_file() {
        let make = Program::new("python3", workspace.root()).args(["-m", "venv", "--clear"]);
        make.args([&venv]).run().await?;
        Program::new(venv.join("bin").join("python"), workspace.root())
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", SCHEMATHESIS])
            .run()
            .await?;
    }
    Program::new("node", &workspace.path("tests/attack"))
        .args(["schema.js"])
        .args([program])
        .env("SEATWIRE_TEST_BIN", workspace.built("dist", "seatwire"))
        .run()
        .await
}

/// The deployed build of the server, and the program that starts it.
async fn built(workspace: &Workspace) -> Result<()> {
    javascript::install(&workspace.path("tests/js")).await?;
    Program::cargo(workspace.root())
        .args(["build", "--profile", "dist", "-p", "server"])
        .run()
        .await
}

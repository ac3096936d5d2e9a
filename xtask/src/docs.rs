//! `cargo xtask docs`: the documents as files for any web server, as the program itself serves
//! them.
//!
//! The pages come from the crate `site`; the two documents that are made from the program's own
//! code come from the program, which is started only for that on a free port and an empty database.

use crate::console;
use crate::program::Program;
use crate::tool::{self, Tool};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

const START_SECONDS: u64 = 30;

/// Writes `docs/`, `openapi.json` and `asyncapi.json` into a new folder.
pub(crate) async fn write(workspace: &Workspace, folder: &Path) -> Result<()> {
    tool::ensure(&[Tool::Curl], workspace).await?;
    let dead = site::dead_links(workspace.root())?;
    if !dead.is_empty() {
        bail!("links that lead nowhere:\n{}", dead.join("\n"));
    }
    Program::cargo(workspace.root()).args(["build", "-p", "server"]).run().await?;
    let pages = folder.join("docs");
    if pages.exists() {
        fs::remove_dir_all(&pages)?;
    }
    fs::create_dir_all(&pages)?;
    for file in site::build(workspace.root())? {
        fs::write(pages.join(&file.name), file.content)?;
    }
    described(workspace, folder).await?;
    console::line(&format!("the site is in {}; its first page is docs/", folder.display()));
    Ok(())
}

/// The program's descriptions of itself.
async fn described(workspace: &Workspace, folder: &Path) -> Result<()> {
    let database = folder.join("throw-away.db");
    let mut server = Command::new(workspace.binary())
        .args(["--listen", "localhost:0", "--database"])
        .arg(format!("sqlite://{}", database.display()))
        .env("SEATWIRE_DEMO", "false")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let output = server.stdout.take().context("its output is a pipe")?;
    let mut lines = BufReader::new(output).lines();
    let first = tokio::time::timeout(Duration::from_secs(START_SECONDS), lines.next_line())
        .await
        .context("seatwire did not say where it listens")??;
    let line = first.context("seatwire ended while starting")?;
    let address = line.strip_prefix("listening on ").context("the first line is the address")?;
    for name in ["openapi.json", "asyncapi.json"] {
        let url = format!("{address}/{name}");
        let fetch = Program::new("curl", folder).args(["-sSf", "-o", name, url.as_str()]);
        fetch.run().await?;
    }
    server.kill().await?;
    for leftover in fs::read_dir(folder)? {
        let path = leftover?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("throw-away")) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

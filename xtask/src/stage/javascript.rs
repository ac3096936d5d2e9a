//! The stages that Node runs: the JavaScript client's types and own tests, the stock clients in
//! `tests/js`, the documents that describe the program (`tests/documents`), the pages in Chromium
//! (`tests/browser`), the alerts (`tests/operations`), the attack (`tests/attack`), the examples
//! and the code blocks of the documents.
//!
//! Packages are installed from the committed lock, and only when it differs from the one that
//! `node_modules` was made from: the stamp is a copy of that lock.

use crate::postgres::{self, Postgres};
use crate::program::Program;
use crate::tool;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

const STAMP: &str = "node_modules/.installed-lock.json";

/// `python`: the one with the client generator.
pub(super) async fn clients(workspace: &Workspace, python: &Path) -> Result<()> {
    let client = workspace.path("clients/js");
    install(&client).await?;
    Program::new("npm", &client).args(["run", "--silent", "check"]).run().await?;
    node_tests(workspace, &client, &client.join("test"))?.run().await?;
    // Some of the clients move between servers on one database.
    let postgres = Postgres::start().await?;
    let tests = clients_of_servers(workspace, python, &postgres.url()).await;
    tests.and(postgres.stop().await)
}

async fn clients_of_servers(workspace: &Workspace, python: &Path, url: &str) -> Result<()> {
    for folder in ["tests/js", "tests/documents"] {
        let dir = workspace.path(folder);
        install(&dir).await?;
        let tests = node_tests(workspace, &dir, &dir)?;
        let tests = tests.env("SEATWIRE_TEST_PYTHON", python).env(postgres::VARIABLE, url);
        tests.run().await?;
    }
    Ok(())
}

pub(super) async fn browser(workspace: &Workspace) -> Result<()> {
    // The browser tests start the server and serve the stock client through `tests/js`.
    install(&workspace.path("tests/js")).await?;
    let dir = workspace.path("tests/browser");
    install(&dir).await?;
    node_tests(workspace, &dir, &dir)?.run().await
}

/// No package of their own: `promtool`, `docker-compose`, HAProxy, Caddy and Kubernetes' own
/// schemas do the checks. `python`: the one with the schemas.
pub(super) async fn operations(workspace: &Workspace, python: &Path) -> Result<()> {
    // Their servers are started through this.
    install(&workspace.path("tests/js")).await?;
    let dir = workspace.path("tests/operations");
    let postgres = Postgres::start().await?;
    let tests = node_tests(workspace, &dir, &dir)?
        .env("SEATWIRE_TEST_PYTHON", python)
        .env(postgres::VARIABLE, postgres.url())
        .run()
        .await;
    // It is stopped with any result of the tests, and their failure is the one that counts.
    tests.and(postgres.stop().await)
}

/// The part of the attack that gives the same answer each time.
pub(super) async fn attack(workspace: &Workspace) -> Result<()> {
    install(&workspace.path("tests/js")).await?;
    let dir = workspace.path("tests/attack");
    node_tests(workspace, &dir, &dir)?.run().await
}

/// `python`: the one with the packages of the Python examples.
pub(super) async fn examples(workspace: &Workspace, python: &Path) -> Result<()> {
    // Their tests start the server and the browser through these.
    install(&workspace.path("tests/browser")).await?;
    let dir = workspace.path("examples");
    install(&dir).await?;
    let tests = node_tests(workspace, &dir, &dir.join("test"))?;
    tests.env("SEATWIRE_TEST_PYTHON", python).run().await
}

/// `python`: as for the examples.
pub(super) async fn pages(workspace: &Workspace, python: &Path) -> Result<()> {
    // The packages that the documents tell readers to install, and the browser's driver, are there
    // already. The client is one of them, and finds React and Vue in its own folder.
    for folder in ["clients/js", "tests/js", "tests/browser", "examples"] {
        install(&workspace.path(folder)).await?;
    }
    let dir = workspace.path("tests/pages");
    install(&dir).await?;
    node_tests(workspace, &dir, &dir)?.env("SEATWIRE_TEST_PYTHON", python).run().await
}

pub(super) async fn install(dir: &Path) -> Result<()> {
    let lock = fs::read(dir.join("package-lock.json"))
        .with_context(|| format!("{} has no package-lock.json; commit one", dir.display()))?;
    if fs::read(dir.join(STAMP)).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    Program::new("npm", dir).args(["ci", "--no-audit", "--no-fund"]).run().await?;
    fs::create_dir_all(dir.join("node_modules"))?;
    fs::write(dir.join(STAMP), lock).context("cannot note what was installed")
}

fn node_tests(workspace: &Workspace, dir: &Path, folder: &Path) -> Result<Program> {
    let files = test_files(folder)?;
    if files.is_empty() {
        bail!(
            "{} has no *.test.js or *.test.mjs: a stage without a test proves nothing",
            folder.display()
        );
    }
    let mut program = Program::new("node", dir)
        .args(["--test", "--test-reporter=spec", "--test-timeout=600000"])
        .args(files)
        .env("SEATWIRE_TEST_BIN", workspace.binary())
        .env("SEATWIRE_TEST_EXAMPLES", workspace.examples());
    if let Some(chromium) = tool::chromium() {
        program = program.env("SEATWIRE_TEST_CHROMIUM", chromium);
    }
    Ok(program)
}

/// Named one by one, because `node --test` takes patterns only from version 21 on.
fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        let name =
            path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(".test.js") || name.ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

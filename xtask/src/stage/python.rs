//! The stage that runs stock Python clients, and the virtual environment for all Python programs
//! here, with every package pinned.

use crate::program::Program;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

const REQUIREMENTS: [&str; 4] = [
    "tests/python/requirements.txt",
    "tests/documents/requirements.txt",
    "tests/operations/requirements.txt",
    "examples/python/requirements.txt",
];

pub(super) async fn clients(workspace: &Workspace) -> Result<()> {
    let python = interpreter(workspace).await?;
    Program::new(&python, &workspace.path("tests/python"))
        .args(["-m", "unittest", "discover", "--verbose"])
        .env("SEATWIRE_TEST_BIN", workspace.binary())
        .env("SEATWIRE_TEST_EXAMPLES", workspace.examples())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .run()
        .await
}

/// A Python with all required packages; made again when the list has changed.
pub(super) async fn interpreter(workspace: &Workspace) -> Result<PathBuf> {
    let venv = workspace.python_venv();
    let python = venv.join("bin").join("python");
    let files = REQUIREMENTS.map(|file| workspace.path(file));
    let mut wanted = Vec::new();
    for file in &files {
        let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        wanted.extend(text);
    }
    let stamp = venv.join("installed-requirements.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    Program::new("python3", workspace.root())
        .args(["-m", "venv", "--clear"])
        .args([&venv])
        .run()
        .await?;
    let mut pip = Program::new(&python, workspace.root()).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    for file in &files {
        pip = pip.args(["-r"]).args([file]);
    }
    pip.run().await?;
    fs::write(&stamp, wanted).context("cannot note what was installed")?;
    Ok(python)
}

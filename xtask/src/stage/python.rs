//! The stage that runs stock Python clients, in a virtual environment of its own with every
//! package pinned.

use crate::program::Program;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;

pub(super) async fn clients(workspace: &Workspace) -> Result<()> {
    let dir = workspace.path("tests/python");
    let venv = workspace.python_venv();
    let python = venv.join("bin").join("python");
    let requirements = dir.join("requirements.txt");
    let wanted = fs::read(&requirements).context("cannot read tests/python/requirements.txt")?;
    let stamp = venv.join("installed-requirements.txt");
    if !fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        Program::new("python3", workspace.root())
            .args(["-m", "venv", "--clear"])
            .args([&venv])
            .run()
            .await?;
        Program::new(&python, &dir)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .args([&requirements])
            .run()
            .await?;
        fs::write(&stamp, wanted).context("cannot note what was installed")?;
    }
    Program::new(&python, &dir)
        .args(["-m", "unittest", "discover", "--verbose"])
        .env("SEATWIRE_TEST_BIN", workspace.binary())
        .env("SEATWIRE_TEST_EXAMPLES", workspace.examples())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .run()
        .await
}

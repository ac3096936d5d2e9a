//! Where things stand: the repository's root, Cargo's target directory, the binary under test.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The workspace that this xtask was built from.
    pub(crate) fn here() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask does not stand inside a workspace")?
            .to_path_buf();
        // Cargo reads a relative CARGO_TARGET_DIR against the directory that it was called from;
        // every cargo we start is called from the root.
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Self { root, target })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The debug build of the program, which the real clients talk to.
    pub(crate) fn binary(&self) -> PathBuf {
        self.built("debug", "seatwire")
    }

    /// A program of this workspace, built as `debug`, `release` or `dist`.
    pub(crate) fn built(&self, profile: &str, program: &str) -> PathBuf {
        self.target.join(profile).join(program)
    }

    /// The debug builds of the example servers of `crates/socketio`.
    pub(crate) fn examples(&self) -> PathBuf {
        self.target.join("debug").join("examples")
    }

    /// Kept under the target directory so that `cargo clean` removes it too.
    pub(crate) fn python_venv(&self) -> PathBuf {
        self.target.join("python-venv")
    }
}

//! Where PostgreSQL's programs are, and the user that they run as.
//!
//! PostgreSQL refuses to run as root: then it runs as the system user that the package made, or as
//! `nobody`.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// All of the programs that are used.
const PROGRAMS: [&str; 5] = ["initdb", "pg_basebackup", "pg_isready", "postgres", "psql"];

const DEBIAN: &str = "/usr/lib/postgresql";
const ROOT: u32 = 0;
const USERS: [&str; 2] = ["postgres", "nobody"];

/// The newest that is installed: on the path, or where Debian puts it.
pub(crate) fn folder() -> Option<PathBuf> {
    let has_all = |folder: &PathBuf| PROGRAMS.iter().all(|name| folder.join(name).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).collect::<Vec<_>>();
    let of_debian = std::fs::read_dir(DEBIAN).into_iter().flatten();
    let mut of_debian: Vec<_> = of_debian.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let version = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
    of_debian.sort_by_key(|folder| version(folder));
    let newest = of_debian.into_iter().rev().map(|folder| folder.join("bin"));
    on_path.into_iter().chain(newest).find(has_all)
}

/// A user and a group of the system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) group: u32,
}

impl User {
    pub(crate) fn runs(self, command: &mut Command) {
        command.uid(self.id).gid(self.group);
    }
}

/// The programs of one installation.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
    /// `None`: the user of this process.
    user: Option<User>,
}

impl Programs {
    pub(crate) fn found() -> io::Result<Self> {
        let missing = || io::Error::other("missing: PostgreSQL (Debian: postgresql)");
        let folder = folder().ok_or_else(missing)?;
        let own = command_output(Command::new("id").arg("-u"))?;
        let user = if own.trim() == ROOT.to_string() { Some(user()?) } else { None };
        Ok(Self { folder, user })
    }

    pub(crate) fn user(&self) -> Option<User> {
        self.user
    }

    /// One of them, in this folder, without input.
    pub(crate) fn command(&self, name: &str, folder: &Path) -> Command {
        let mut command = Command::new(self.folder.join(name));
        // Nothing of the caller's own folder counts, nor may another user read it.
        command.current_dir(folder).env("HOME", folder).stdin(Stdio::null());
        if let Some(user) = self.user {
            user.runs(&mut command);
        }
        command
    }

    /// The output of a command that must succeed.
    pub(crate) fn output(
        &self,
        name: &str,
        folder: &Path,
        arguments: &[&str],
    ) -> io::Result<String> {
        command_output(self.command(name, folder).args(arguments))
    }
}

fn user() -> io::Result<User> {
    let number = |option, name| {
        let told = command_output(Command::new("id").args([option, name])).ok()?;
        told.trim().parse().ok()
    };
    let known = |name| Some(User { id: number("-u", name)?, group: number("-g", name)? });
    let nobody =
        "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`";
    USERS.into_iter().find_map(known).ok_or_else(|| io::Error::other(nobody))
}

fn command_output(command: &mut Command) -> io::Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let name = command.get_program().to_string_lossy();
        return Err(io::Error::other(format!("{name} failed: {said}")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

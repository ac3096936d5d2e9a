//! A whole copy of a database as it was at one moment, checked before it gets its name.
//!
//! Invariant: half a copy, or a damaged one, is never found under its name. It is made under
//! another name for its owner alone, checked, synced, and only then takes its name, which it never
//! takes from another file. This file must not know what a copy is for.

use std::io;
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use tempfile::NamedTempFile;

use crate::inspection::damage;
use crate::pragmas::{READER_CACHE_KIB, shared_pragmas};

/// Pages that are copied between two reports of progress.
const STEP_PAGES: i32 = 4_096;

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub copied_pages: u64,
    pub all_pages: u64,
}

/// Why there is no copy. Then there is nothing under its name, either.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("there is no database at {}", .0.display())]
    NoSource(PathBuf),
    #[error("{} is there already, and is not written over", .0.display())]
    NameTaken(PathBuf),
    #[error("{} is no database that can be read: {cause}", path.display())]
    Unreadable { path: PathBuf, cause: rusqlite::Error },
    #[error("cannot write {}: {cause}", path.display())]
    Unwritable { path: PathBuf, cause: io::Error },
    #[error("{} could not be copied: {cause}", path.display())]
    Failed { path: PathBuf, cause: rusqlite::Error },
    #[error("what is in {} is damaged: {}", path.display(), damage.join("; "))]
    Damaged { path: PathBuf, damage: Vec<String> },
}

/// A checked copy that has no name yet. When it is dropped without a name, its file is deleted too.
#[derive(Debug)]
pub(crate) struct Copy {
    file: NamedTempFile,
    to: PathBuf,
}

/// Copies what `from` holds at this moment; it does not wait for a server that writes there, and
/// does not make it wait. `to` is the name that the copy is to have.
pub(crate) fn copy(
    from: &Path,
    to: &Path,
    mut told: impl FnMut(Progress),
) -> Result<Copy, CopyError> {
    if !from.exists() {
        return Err(CopyError::NoSource(from.to_owned()));
    }
    let failed = |cause| CopyError::Failed { path: from.to_owned(), cause };
    let source =
        reading(from).map_err(|cause| CopyError::Unreadable { path: from.to_owned(), cause })?;
    let copy = Copy { file: unnamed(to)?, to: to.to_owned() };
    let mut target = copy.connection().map_err(failed)?;
    // The copy is synced once, as a whole, and before that no process uses it.
    target.pragma_update(None, "journal_mode", "OFF").map_err(failed)?;
    target.pragma_update(None, "synchronous", "OFF").map_err(failed)?;
    copy_pages(&source, &mut target, &mut told).map_err(failed)?;
    drop(source);
    // Always one file, from any source: there is no log beside it that could be forgotten.
    target.pragma_update(None, "journal_mode", "DELETE").map_err(failed)?;
    let damage = damage(&target).map_err(failed)?;
    if damage.is_empty() {
        Ok(copy)
    } else {
        Err(CopyError::Damaged { path: from.to_owned(), damage })
    }
}

/// Whether a file could have this name: checked before the work, and again when the name is given.
pub(crate) fn is_free(name: &Path) -> Result<(), CopyError> {
    match name.symlink_metadata() {
        Ok(_) => Err(CopyError::NameTaken(name.to_owned())),
        Err(_) => Ok(()),
    }
}

fn reading(from: &Path) -> rusqlite::Result<Connection> {
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, read_only)
        .and_then(|source| shared_pragmas(source, READER_CACHE_KIB))?;
    // One read transaction around all steps: SQLite begins a copy again after a write between two
    // steps, so on a busy server it would never end. Only a query really begins the transaction.
    source.execute_batch("BEGIN")?;
    source.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;
    Ok(source)
}

fn copy_pages(
    source: &Connection,
    target: &mut Connection,
    told: &mut impl FnMut(Progress),
) -> rusqlite::Result<()> {
    let backup = Backup::new(source, target)?;
    loop {
        let step = backup.step(STEP_PAGES)?;
        let progress = backup.progress();
        let pages = |count: i32| u64::try_from(count).unwrap_or(0);
        let (all_pages, left) = (pages(progress.pagecount), pages(progress.remaining));
        told(Progress { copied_pages: all_pages.saturating_sub(left), all_pages });
        if step == StepResult::Done {
            return Ok(());
        }
    }
}

/// For its owner alone, in the folder where it is to be: only there it can take its name at once.
fn unnamed(to: &Path) -> Result<NamedTempFile, CopyError> {
    let unwritable = |cause| CopyError::Unwritable { path: to.to_owned(), cause };
    tempfile::Builder::new()
        .prefix(".seatwire-")
        .suffix(".partial")
        .tempfile_in(folder_of(to))
        .map_err(unwritable)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Copy {
    /// A connection for changes before it gets its name.
    pub(crate) fn connection(&self) -> rusqlite::Result<Connection> {
        shared_pragmas(Connection::open(self.file.path())?, READER_CACHE_KIB)
    }

    /// Gives it to the owner of the file whose place it takes, or else of the folder: where root
    /// restores a backup, the server that opens it runs as another user.
    pub(crate) fn give_to_owner_of(&self, place: &Path) -> Result<(), CopyError> {
        let unwritable = |cause| CopyError::Unwritable { path: self.to.clone(), cause };
        let like = place.metadata().or_else(|_| folder_of(place).metadata()).map_err(unwritable)?;
        match fchown(self.file.as_file(), Some(like.uid()), Some(like.gid())) {
            // Only root may give files away; any other user stays the owner of its files.
            Err(refused) if refused.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            done => done.map_err(unwritable),
        }
    }

    /// Syncs it and gives it its name. Returns its size in bytes.
    pub(crate) fn name(self) -> Result<u64, CopyError> {
        let Self { file, to } = self;
        let unwritable = |cause| CopyError::Unwritable { path: to.clone(), cause };
        let bytes = file.as_file().metadata().map_err(unwritable)?.len();
        file.as_file().sync_all().map_err(unwritable)?;
        // Never over another file, also one that was made since the first look.
        file.persist_noclobber(&to).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => CopyError::NameTaken(to.clone()),
            _ => unwritable(error.error),
        })?;
        // The name itself is in the folder.
        std::fs::File::open(folder_of(&to)).and_then(|it| it.sync_all()).map_err(unwritable)?;
        Ok(bytes)
    }
}

//! Puts a backup where the server looks for its database.
//!
//! Invariants: no server runs on the target while it changes, the old database is not destroyed (it
//! is moved aside, whole), and no viewer goes on from events that are not in the backup: sessions
//! are forgotten.

use std::io;
use std::path::{Path, PathBuf};

use crate::copy::{Copy, CopyError, Progress, copy, is_free};
use crate::database_file::{DatabaseFile, make_folder};
use crate::migrations::{newest_version, version};
use crate::open_error::OpenError;
use crate::table::epoch;

/// What to do with a database that exists already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Present {
    Refuse,
    /// It is moved aside: this is added to its name and to the names of its logs.
    MoveAside {
        suffix: String,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("{0}")]
    Copy(#[from] CopyError),
    #[error("{0}")]
    Target(#[from] OpenError),
    #[error("{} and {} are one file", from.display(), target.display())]
    Same { from: PathBuf, target: PathBuf },
    #[error("{} holds no database of Seatwire", .0.display())]
    Foreign(PathBuf),
    #[error(
        "{} was made by a newer version of Seatwire (its tables have version {found}, this program \
         knows {known}); restore it with that version",
        path.display()
    )]
    Newer { path: PathBuf, found: i32, known: i32 },
    #[error("cannot move {} aside: {cause}", path.display())]
    Aside { path: PathBuf, cause: io::Error },
}

/// The result of a restore.
#[derive(Debug)]
pub struct Restored {
    pub bytes: u64,
    /// The new place of the database that was there before.
    pub moved_to: Option<PathBuf>,
}

/// Makes `target` a checked copy of `from`; its viewers begin anew.
pub fn restore(
    from: &Path,
    target: &Path,
    present: Present,
    told: impl FnMut(Progress),
) -> Result<Restored, RestoreError> {
    if let (Ok(one), Ok(other)) = (from.canonicalize(), target.canonicalize())
        && one == other
    {
        return Err(RestoreError::Same { from: from.to_owned(), target: target.to_owned() });
    }
    if present == Present::Refuse {
        // A log that stays would be read into any database that comes beside it.
        for log in ["", "-wal"] {
            is_free(&beside(target, log))?;
        }
    }
    // The lock keeps every server out until its file has another name.
    let lock = if target.exists() {
        Some(DatabaseFile::open(target)?)
    } else {
        make_folder(target)?;
        None
    };
    let real_target = lock.as_ref().map_or(target, |file| file.path()).to_owned();
    let copied = copy(from, &real_target, told)?;
    begin_anew(&copied, from)?;
    copied.give_to_owner_of(&real_target)?;
    let moved_to = match present {
        Present::Refuse => None,
        Present::MoveAside { suffix } => move_aside(&real_target, &suffix)?,
    };
    let bytes = copied.name()?;
    drop(lock);
    Ok(Restored { bytes, moved_to })
}

/// Checks that the tables are Seatwire's, and deletes what was true only where the backup was
/// taken.
fn begin_anew(copied: &Copy, from: &Path) -> Result<(), RestoreError> {
    let failed = |cause| CopyError::Failed { path: from.to_owned(), cause };
    let connection = copied.connection().map_err(failed)?;
    let known = newest_version();
    match version(&connection).map_err(failed)? {
        None => return Err(RestoreError::Foreign(from.to_owned())),
        Some(found) if found > known => {
            return Err(RestoreError::Newer { path: from.to_owned(), found, known });
        }
        Some(_) => {}
    }
    // A client with the key of a session begins anew: the places that it reached will be given out
    // again, to other events.
    connection.execute_batch("DELETE FROM viewer_sessions").map_err(failed)?;
    epoch::draw(&connection).map_err(failed)?;
    Ok(())
}

/// The database goes first and its log follows: the other way round, a crash in between would leave
/// a database without its newest bookings under its own name.
fn move_aside(target: &Path, suffix: &str) -> Result<Option<PathBuf>, RestoreError> {
    let aside = beside(target, suffix);
    let mut moved_to = None;
    for log in ["", "-wal", "-shm"] {
        let (old, new) = (beside(target, log), beside(&aside, log));
        if old.symlink_metadata().is_err() {
            continue;
        }
        let failed = |cause| RestoreError::Aside { path: old.clone(), cause };
        if new.symlink_metadata().is_ok() {
            return Err(failed(io::ErrorKind::AlreadyExists.into()));
        }
        std::fs::rename(&old, &new).map_err(failed)?;
        moved_to = Some(aside.clone());
    }
    Ok(moved_to)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

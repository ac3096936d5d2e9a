//! Why a database cannot be opened.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;
use store::DataKeysRefused;

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot make the folder {}: {cause}", path.display())]
    Folder { path: PathBuf, cause: io::Error },
    #[error("cannot write {}: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error("{} is in use by another process; one process per database file", path.display())]
    InUse { path: PathBuf },
    #[error(
        "{} has a second name (a hard link); remove one of the two, because the write-ahead log \
         goes by one name only",
        path.display()
    )]
    ManyNames { path: PathBuf },
    #[error(
        "{} is in use by a server of another version; stop it first",
        path.display()
    )]
    OtherVersion { path: PathBuf },
    #[error("cannot open {}: {cause}", path.display())]
    Database { path: PathBuf, cause: rusqlite::Error },
    #[error("cannot bring the tables of {} up to date: {cause}", path.display())]
    Migration { path: PathBuf, cause: Box<refinery::Error> },
    #[error("{}: {cause}", path.display())]
    DataKeys { path: PathBuf, cause: DataKeysRefused },
    #[error("the system's random source failed: {0}")]
    Chance(io::Error),
    #[error("cannot start the writer thread: {0}")]
    Thread(io::Error),
}

impl OpenError {
    /// Whether a later start with the same settings may succeed by itself: on a full disk, say, when
    /// there is space again.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Folder { cause, .. } | Self::File { cause, .. } => {
                cause.kind() == io::ErrorKind::StorageFull
            }
            Self::Database { cause, .. } => may_pass(cause),
            Self::Migration { cause, .. } => {
                let cause = cause.source().and_then(|cause| cause.downcast_ref());
                cause.is_some_and(may_pass)
            }
            Self::Chance(_) | Self::Thread(_) => true,
            Self::InUse { .. }
            | Self::ManyNames { .. }
            | Self::OtherVersion { .. }
            | Self::DataKeys { .. } => false,
        }
    }
}

/// Unlike a path where nothing can be opened, which somebody must change.
fn may_pass(cause: &rusqlite::Error) -> bool {
    matches!(
        cause.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
        )
    )
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::migrations::migrate;
    use crate::pragmas::{READER_CACHE_KIB, shared_pragmas};

    #[test]
    fn a_full_disk_passes_and_a_wrong_path_does_not() {
        let path = PathBuf::from("/nowhere/seatwire.db");
        let cause = Connection::open(&path).unwrap_err();
        assert!(!OpenError::Database { path: path.clone(), cause }.is_outage());
        let connection = Connection::open_in_memory().unwrap();
        let mut full = shared_pragmas(connection, READER_CACHE_KIB).unwrap();
        full.pragma_update(None, "max_page_count", 20).unwrap();
        let cause = Box::new(migrate(&mut full).unwrap_err());
        assert!(OpenError::Migration { path, cause }.is_outage());
    }
}

//! Why a database cannot be opened.

use std::io;
use std::path::PathBuf;

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

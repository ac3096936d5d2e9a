//! Opening the database: its files, the pragmas, the migrations, the threads.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};
use store::{CommittedStream, DataKeys};

use crate::SqliteStore;
use crate::chance::Chance;
use crate::checkpoint::Checkpointer;
use crate::database_file::DatabaseFile;
use crate::db::Db;
use crate::known_users::KnownUsers;
use crate::migrations::{is_up_to_date, migrate};
use crate::open_error::OpenError;
use crate::pnr_order::PnrSeries;
use crate::pragmas::{LOG_PAGES, READER_CACHE_KIB, prepared, shared_pragmas};
use crate::reader::{READERS, Readers};
use crate::table::data_key;
use crate::writer::Writer;

/// Opens the database, creating folder and file when they are not there, and brings its tables up
/// to date. No other process can open it for as long as the store lives.
pub fn open(path: &Path) -> Result<(SqliteStore, CommittedStream), OpenError> {
    open_with_keys(path, &DataKeys::default())
}

/// [`open`] with personal values encrypted.
pub fn open_with_keys(
    path: &Path,
    keys: &DataKeys,
) -> Result<(SqliteStore, CommittedStream), OpenError> {
    start(DatabaseFile::open(path)?, path, LOG_PAGES, Synced::EveryCommit, Some(keys))
}

/// [`open`] for an export, which passes rows on as they are: encrypted values stay encrypted, and
/// no key is needed.
pub(crate) fn open_unread(path: &Path) -> Result<(SqliteStore, CommittedStream), OpenError> {
    start(DatabaseFile::open(path)?, path, LOG_PAGES, Synced::EveryCommit, None)
}

/// [`open`] with a write-ahead log that is copied into the database after another number of pages
/// than [`LOG_PAGES`]: after a few, so that a test sees it happen.
pub fn open_with_log(
    path: &Path,
    log_pages: i32,
) -> Result<(SqliteStore, CommittedStream), OpenError> {
    let keys = DataKeys::default();
    start(DatabaseFile::open(path)?, path, log_pages, Synced::EveryCommit, Some(&keys))
}

/// [`open`] to fill a database that can be filled again: a power cut may take back the last
/// commits, and leaves the file whole.
pub fn open_relaxed(path: &Path) -> Result<(SqliteStore, CommittedStream), OpenError> {
    let keys = DataKeys::default();
    start(DatabaseFile::open(path)?, path, LOG_PAGES, Synced::WithTheLog, Some(&keys))
}

/// When what the writer has committed is certain to survive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Synced {
    EveryCommit,
    /// When the write-ahead log is copied.
    WithTheLog,
}

/// Opens the database also while a server has it, to read and to change accounts and nothing else:
/// that server keeps routes in memory and numbers its events by itself, and would not see other
/// changes. Also returns whether a server has it.
pub fn open_for_accounts(path: &Path, keys: &DataKeys) -> Result<(SqliteStore, bool), OpenError> {
    let file = DatabaseFile::open_beside(path)?;
    let is_beside = !file.is_locked();
    let (store, _) = start(file, path, LOG_PAGES, Synced::EveryCommit, Some(keys))?;
    Ok((store, is_beside))
}

fn start(
    mut file: DatabaseFile,
    path: &Path,
    log_pages: i32,
    synced: Synced,
    keys: Option<&DataKeys>,
) -> Result<(SqliteStore, CommittedStream), OpenError> {
    let database = |cause| OpenError::Database { path: path.to_owned(), cause };
    let mut writing = Connection::open(file.path()).and_then(prepared).map_err(database)?;
    if synced == Synced::WithTheLog {
        writing.pragma_update(None, "synchronous", "NORMAL").map_err(database)?;
    }
    let migration = |cause| OpenError::Migration { path: path.to_owned(), cause: Box::new(cause) };
    if file.is_locked() {
        migrate(&mut writing).map_err(migration)?;
        // The pages that they read and wrote: half a megabyte that is not needed again.
        writing.execute_batch("PRAGMA shrink_memory").map_err(database)?;
    } else if !is_up_to_date(&mut writing).map_err(migration)? {
        return Err(OpenError::OtherVersion { path: path.to_owned() });
    }
    if let Some(keys) = keys {
        data_key::take(&mut writing, keys, file.is_locked())
            .map_err(database)?
            .map_err(|cause| OpenError::DataKeys { path: path.to_owned(), cause })?;
    }
    let keys = keys.cloned().unwrap_or_default();
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reading = (0..READERS)
        .map(|_| {
            Connection::open_with_flags(file.path(), read_only)
                .and_then(|connection| shared_pragmas(connection, READER_CACHE_KIB))
                .and_then(|connection| Db::new(connection, &keys))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(database)?;
    let copying = Connection::open(file.path()).and_then(prepared).map_err(database)?;
    // The migrations have read and written: both files are there by now.
    file.note_log().map_err(|cause| OpenError::File { path: path.to_owned(), cause })?;
    let file = Arc::new(file);
    let checkpointer = Checkpointer::start(copying, Arc::clone(&file), log_pages);
    let checkpointer = checkpointer.map_err(OpenError::Thread)?;
    let (feed, stream) = store::committed_stream();
    let users = KnownUsers::default();
    let mut chance = Chance::system();
    let pnrs = chance.draw().map_err(OpenError::Chance)?;
    let writing = Db::new(writing, &keys).map_err(database)?;
    let pnrs = PnrSeries::begin(Arc::clone(writing.pnr_order()), pnrs);
    let means = (users.clone(), chance);
    let writer = Writer::start(writing, feed, means, Arc::clone(&file), checkpointer)
        .map_err(OpenError::Thread)?;
    Ok((SqliteStore::new(writer, Readers::new(reading), (users, pnrs), Some(file)), stream))
}

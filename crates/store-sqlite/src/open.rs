//! Opening the database: its files, the pragmas, the migrations, the threads.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use store::{CommittedStream, DataKeys, DataKeysRefused};

use crate::SqliteStore;
use crate::chance::Chance;
use crate::checkpoint::{Checkpointer, LOG_FILE_BYTES_MAX, LOG_PAGES};
use crate::database_file::DatabaseFile;
use crate::db::Db;
use crate::known_users::KnownUsers;
use crate::reader::{READERS, Readers};
use crate::table::data_key;
use crate::writer::Writer;
use crate::{normal_forms, old_layouts};

mod embedded {
    refinery::embed_migrations!("migrations");
}

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
    #[error("cannot start the writer thread: {0}")]
    Thread(io::Error),
}

/// How long a statement waits for the file lock of somebody who inspects the database with a tool.
pub(crate) const BUSY_WAIT: Duration = Duration::from_secs(5);

/// Prepared statements kept per connection; every statement of this crate fits.
const STATEMENTS_MAX: usize = 256;

/// Pages that a reading connection keeps, in KiB: what a list of a hundred tickets reads of a large
/// database. Only a large one fills it, and every commit empties it.
pub(crate) const READER_CACHE_KIB: i64 = 2_048;

/// Pages that the writing connection keeps, in KiB: a sale touches a dozen B-trees at places far
/// apart, and each page that has gone costs a system call.
const WRITER_CACHE_KIB: i64 = 8_192;

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

/// [`open`] for whoever takes rows over as they are: what is encrypted stays so, and no key is needed.
pub(crate) fn open_unread(path: &Path) -> Result<(SqliteStore, CommittedStream), OpenError> {
    start(DatabaseFile::open(path)?, path, LOG_PAGES, Synced::EveryCommit, None)
}

/// [`open`] with a write-ahead log that is copied into the database after another number of pages
/// than [`LOG_PAGES`]: after few of them, so that a test sees it happen.
pub fn open_with_log(
    path: &Path,
    log_pages: i32,
) -> Result<(SqliteStore, CommittedStream), OpenError> {
    let keys = DataKeys::default();
    start(DatabaseFile::open(path)?, path, log_pages, Synced::EveryCommit, Some(&keys))
}

/// [`open`] for whoever fills a database that can be filled again: a power cut may take back the last
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
/// that server remembers routes and numbers its events by itself, and would not see them change.
/// Whether a server has it is told, too.
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
                .map(|connection| Db::new(connection, &keys))
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
    let means = (users.clone(), Chance::system());
    let writer =
        Writer::start(Db::new(writing, &keys), feed, means, Arc::clone(&file), checkpointer)
            .map_err(OpenError::Thread)?;
    Ok((SqliteStore::new(writer, Readers::new(reading), users, Some(file)), stream))
}

pub(crate) fn is_up_to_date(connection: &mut Connection) -> Result<bool, refinery::Error> {
    let runner = embedded::migrations::runner();
    let newest = runner.get_migrations().iter().map(|migration| migration.version()).max();
    let applied = runner.get_last_applied_migration(connection)?;
    Ok(applied.map(|migration| migration.version()) == newest)
}

/// The last migration that a database has; none where there is no trace of any.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<Option<i32>> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    if connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(None);
    }
    connection.query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0))
}

/// The last migration of this program.
pub(crate) fn newest_version() -> i32 {
    let runner = embedded::migrations::runner();
    let versions = runner.get_migrations().iter().map(|migration| migration.version());
    versions.max().unwrap_or_default()
}

/// In one transaction with the note that they ran: else a crash between the two would leave tables
/// that the next start tries to make again.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), refinery::Error> {
    let report = embedded::migrations::runner().set_grouped(true).run(connection)?;
    let mut versions = report.applied_migrations().iter().map(|migration| migration.version());
    if versions.any(|version| FORMS_CHANGED.contains(&version)) {
        // Only for the log: the tables are up to date.
        if let Err(error) = normal_forms::tell_collisions(connection) {
            tracing::warn!(%error, "rows of one normal form could not be looked for");
        }
    }
    Ok(())
}

/// Tables as an older version left them.
#[cfg(test)]
pub(crate) fn migrate_until(
    connection: &mut Connection,
    version: i32,
) -> Result<(), refinery::Error> {
    let target = refinery::Target::Version(version);
    embedded::migrations::runner().set_target(target).run(connection).map(drop)
}

/// Migrations that gave what is looked up another form.
const FORMS_CHANGED: [i32; 2] = [7, 8];

/// A connection that writes. `FULL` syncs the write-ahead log at every commit: without it a power
/// cut could take back what was acknowledged.
pub(crate) fn prepared(connection: Connection) -> rusqlite::Result<Connection> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", LOG_FILE_BYTES_MAX)?;
    shared_pragmas(connection, WRITER_CACHE_KIB)
}

pub(crate) fn shared_pragmas(
    connection: Connection,
    cache_kib: i64,
) -> rusqlite::Result<Connection> {
    connection.busy_timeout(BUSY_WAIT)?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Without it a statement with a `LIMIT ?` is compiled anew each time that it is used.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    normal_forms::provide(&connection)?;
    old_layouts::provide(&connection)?;
    #[cfg(test)]
    crate::plans::trace(&connection);
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use rusqlite::{StatementStatus, params};

    use super::*;

    #[test]
    fn a_statement_with_a_limit_is_compiled_once() -> rusqlite::Result<()> {
        let connection = shared_pragmas(Connection::open_in_memory()?, READER_CACHE_KIB)?;
        connection.execute_batch("CREATE TABLE rows (id INTEGER PRIMARY KEY)")?;
        // In small letters it is none of those whose plans are looked at.
        let mut statement = connection.prepare("select id from rows limit ? offset ?")?;
        for limit in 1..4 {
            let mut rows = statement.query(params![limit, limit])?;
            assert!(rows.next()?.is_none());
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
        Ok(())
    }
}

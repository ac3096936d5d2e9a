//! A connection to the database as this driver uses it: its pragmas, its caches, and the functions
//! that migrations and triggers call.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::{normal_forms, old_layouts, pnr_order};

/// How long a statement waits for the file lock of a tool that reads the database.
pub(crate) const BUSY_WAIT: Duration = Duration::from_secs(5);

/// Prepared statements kept per connection; every statement of this crate fits.
const STATEMENTS_MAX: usize = 256;

/// Pages that a reading connection keeps, in KiB: what a list of a hundred tickets reads of a large
/// database. Only a large one fills it, and every commit empties it.
pub(crate) const READER_CACHE_KIB: i64 = 2_048;

/// Pages that the writing connection keeps, in KiB: a sale touches a dozen B-trees at places far
/// apart, and each page that is not kept costs a system call.
const WRITER_CACHE_KIB: i64 = 8_192;

/// Pages by which the log grows before they are copied: 32 MiB of disk, and a tenth of a second to
/// read them after a crash.
pub const LOG_PAGES: i32 = 8_192;

/// The most bytes that the log's file keeps when it starts again, also after a long reader.
pub(crate) const LOG_FILE_BYTES_MAX: i64 = 2 * 4_096 * LOG_PAGES as i64;

/// A connection that writes. `FULL` syncs the write-ahead log at every commit: without it a power
/// cut could undo acknowledged commits.
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
    // Without it a statement with a `LIMIT ?` is compiled again each time that it is used.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    normal_forms::provide(&connection)?;
    old_layouts::provide(&connection)?;
    pnr_order::provide(&connection)?;
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
        // In small letters: its plan is not checked.
        let mut statement = connection.prepare("select id from rows limit ? offset ?")?;
        for limit in 1..4 {
            let mut rows = statement.query(params![limit, limit])?;
            assert!(rows.next()?.is_none());
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
        Ok(())
    }
}

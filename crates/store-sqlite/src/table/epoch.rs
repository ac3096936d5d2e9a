//! `epoch`: which history the places of this database belong to.

use rusqlite::Connection;
use store::Epoch;

use crate::column::read;
use crate::fault::Result;

pub(crate) fn get(connection: &Connection) -> Result<Epoch> {
    let epoch = connection
        .prepare_cached("SELECT number FROM epoch WHERE rowid = 1")?
        .query_row([], |row| read(row, "number", |number: i64| u32::try_from(number).ok()))?;
    Ok(Epoch(epoch))
}

/// Another one than this, if it is still this.
pub(crate) fn leave(connection: &Connection, Epoch(epoch): Epoch) -> Result<()> {
    let sql = "UPDATE epoch SET number = (number + 1 + abs(random() % 4294967294)) % 4294967296 \
               WHERE rowid = 1 AND number = ?1";
    connection.prepare_cached(sql)?.execute([epoch])?;
    Ok(())
}

/// Another one than before, for a database that goes back to an older state. One that is so old that it
/// has none yet draws its own when its tables are brought up to date.
pub(crate) fn draw(connection: &Connection) -> rusqlite::Result<()> {
    let is_there = "SELECT count(*) FROM sqlite_schema WHERE name = 'epoch'";
    if connection.query_row(is_there, [], |row| row.get::<_, i64>(0))? > 0 {
        // Never the same: the step is between 1 and all of them less one.
        let step = "1 + abs(random() % 4294967294)";
        // In small letters: no server runs it, and its plan is nobody's concern.
        let sql = format!("update epoch set number = (number + {step}) % 4294967296");
        connection.execute(&sql, [])?;
    }
    Ok(())
}

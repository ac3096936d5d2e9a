//! A query in one read transaction, so that all that it reads is of one moment.

use rusqlite::Connection;
use store::StoreError;

use crate::db::Db;
use crate::fault;

pub(crate) fn in_one_moment<T>(
    connection: &Db,
    query: impl FnOnce(&Db) -> fault::Result<T>,
) -> Result<T, StoreError> {
    let moment = Moment::begin(connection).map_err(fault::failed)?;
    let answer = query(connection)?;
    moment.end().map_err(fault::failed)?;
    Ok(answer)
}

/// A read transaction. It ends in every case, because the connection is used again.
struct Moment<'a>(Option<&'a Connection>);

impl<'a> Moment<'a> {
    // The statements are cached: to compile the two again for each query takes longer than some
    // queries.
    fn begin(connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self(Some(connection)))
    }

    fn end(mut self) -> rusqlite::Result<()> {
        self.0.take().map_or(Ok(()), rollback)
    }
}

impl Drop for Moment<'_> {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.0.take().map(rollback) {
            tracing::warn!(%error, "a read transaction could not be ended");
        }
    }
}

fn rollback(connection: &Connection) -> rusqlite::Result<()> {
    // A failed disk may have ended it already.
    if connection.is_autocommit() {
        return Ok(());
    }
    connection.prepare_cached("ROLLBACK")?.execute([]).map(drop)
}

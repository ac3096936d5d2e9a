//! `viewer_sessions`: what viewers need to come back, as the gateway has written it.

use rusqlite::{Connection, OptionalExtension as _, params};
use store::SessionKey;

use crate::fault::Result;

pub(crate) fn save(connection: &Connection, key: &SessionKey, data: &[u8]) -> Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO viewer_sessions (key, data) VALUES (?, ?)")?
        .execute(params![key.0, data])?;
    Ok(())
}

pub(crate) fn by_key(connection: &Connection, key: &SessionKey) -> Result<Option<Vec<u8>>> {
    Ok(connection
        .prepare_cached("SELECT data FROM viewer_sessions WHERE key = ?")?
        .query_row([key.0], |row| row.get(0))
        .optional()?)
}

pub(crate) fn keys(connection: &Connection) -> Result<Vec<SessionKey>> {
    Ok(connection
        .prepare_cached("SELECT key FROM viewer_sessions")?
        .query_map([], |row| row.get(0).map(SessionKey))?
        .collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn delete(connection: &Connection, keys: &[SessionKey]) -> Result<()> {
    let mut statement = connection.prepare_cached("DELETE FROM viewer_sessions WHERE key = ?")?;
    for key in keys {
        statement.execute([key.0])?;
    }
    Ok(())
}

//! `outbox`: letters that are to be sent. The time of a letter is also the claim of the node that
//! is sending it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use store::{COUNTED_MAX, Letter, LetterId, Sealed, WaitingLetters};
use uuid::Uuid;

use crate::column::{at_most, bytes, id, millis};
use crate::fault::Result;

pub(crate) fn insert(
    connection: &Connection,
    id: LetterId,
    sealed: &Sealed,
    due_at: Timestamp,
) -> Result<()> {
    connection
        .prepare_cached("INSERT INTO outbox (id, sealed, due_at) VALUES (?, ?, ?)")?
        .execute((bytes(id.0), &sealed.0, millis(due_at)))?;
    Ok(())
}

pub(crate) fn is_due(connection: &Connection, now: Timestamp) -> Result<bool> {
    let found = connection
        .prepare_cached("SELECT 1 FROM outbox WHERE due_at <= ? LIMIT 1")?
        .query_row([millis(now)], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}

/// How many wait, and the oldest of them: ids rise with time.
pub(crate) fn waiting(connection: &Connection) -> Result<WaitingLetters> {
    let sql = "SELECT (SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT ?)) AS waiting, \
               (SELECT min(id) FROM outbox) AS oldest";
    let found = connection.prepare_cached(sql)?.query_row([COUNTED_MAX], |row| {
        let oldest: Option<Vec<u8>> = row.get("oldest")?;
        let oldest = oldest.and_then(|id| Uuid::from_slice(&id).ok()).map(LetterId);
        Ok(WaitingLetters { count: row.get("waiting")?, oldest })
    })?;
    Ok(found)
}

pub(crate) fn claim(
    connection: &Connection,
    until: Timestamp,
    max: usize,
    now: Timestamp,
) -> Result<Vec<Letter>> {
    let max = at_most(max);
    let letters = connection
        .prepare_cached(
            "SELECT id, sealed, attempts FROM outbox WHERE due_at <= ? ORDER BY due_at LIMIT ?",
        )?
        .query_map((millis(now), max), |row| {
            let sealed = Sealed(row.get("sealed")?);
            let id = LetterId(id::<Uuid>(row, "id")?);
            Ok(Letter { id, sealed, attempts: row.get("attempts")? })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut claimed = connection
        .prepare_cached("UPDATE outbox SET due_at = ?, attempts = attempts + 1 WHERE id = ?")?;
    for letter in &letters {
        claimed.execute((millis(until), bytes(letter.id.0)))?;
    }
    Ok(letters)
}

pub(crate) fn put_off(connection: &Connection, id: LetterId, due_at: Timestamp) -> Result<()> {
    connection
        .prepare_cached("UPDATE outbox SET due_at = ? WHERE id = ?")?
        .execute((millis(due_at), bytes(id.0)))?;
    Ok(())
}

pub(crate) fn delete(connection: &Connection, id: LetterId) -> Result<()> {
    connection.prepare_cached("DELETE FROM outbox WHERE id = ?")?.execute([bytes(id.0)])?;
    Ok(())
}

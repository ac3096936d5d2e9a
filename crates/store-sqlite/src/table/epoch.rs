//! `epoch`: which history the places of this database belong to.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use store::{EPOCH_UNSEEN_SECONDS, Epoch, FORMER_EPOCH_SECONDS, FormerEpoch};

use crate::column::read;
use crate::fault::Result;

pub(crate) fn get(connection: &Connection) -> Result<Epoch> {
    let epoch = connection
        .prepare_cached("SELECT number FROM epoch WHERE rowid = 1")?
        .query_row([], |row| read(row, "number", |number: i64| u32::try_from(number).ok()))?;
    Ok(Epoch(epoch))
}

/// Replaces this epoch by another, if it is still this one.
pub(crate) fn leave(connection: &Connection, Epoch(epoch): Epoch) -> Result<()> {
    let sql = "UPDATE epoch SET number = (number + 1 + abs(random() % 4294967294)) % 4294967296 \
               WHERE rowid = 1 AND number = ?1";
    connection.prepare_cached(sql)?.execute([epoch])?;
    Ok(())
}

/// Notes it, at this time.
pub(crate) fn former(
    connection: &Connection,
    Epoch(epoch): Epoch,
    now: Timestamp,
) -> Result<Option<FormerEpoch>> {
    let now = now.as_millisecond();
    let before = now.saturating_sub_unsigned(EPOCH_UNSEEN_SECONDS * 1_000);
    let noted = "INSERT OR IGNORE INTO known_epochs (epoch, same_up_to, seen_at) \
                 SELECT ?1, coalesce((SELECT last_place FROM groups WHERE at < ?2 \
                 ORDER BY number DESC LIMIT 1), 0), ?3";
    connection.prepare_cached(noted)?.execute([i64::from(epoch), before, now])?;
    // A viewer that slept through several of them may come from the first. By the order in which
    // they were noted: the clock may have been set back.
    let since = now.saturating_sub_unsigned(FORMER_EPOCH_SECONDS * 1_000);
    let found = "SELECT min(each.same_up_to) AS same_up_to, max(each.seen_at) AS seen_at \
                 FROM known_epochs one JOIN known_epochs each ON each.number <= one.number \
                 WHERE one.epoch = ?1 AND each.seen_at > ?2 \
                 AND EXISTS (SELECT 1 FROM known_epochs WHERE number < each.number) \
                 GROUP BY one.number";
    let former = connection.prepare_cached(found)?.query_row([i64::from(epoch), since], |row| {
        let same_up_to = read(row, "same_up_to", |place: i64| u64::try_from(place).ok())?;
        let seen_at: i64 = row.get("seen_at")?;
        let known_for = u64::try_from(now.saturating_sub(seen_at)).unwrap_or(0);
        Ok(FormerEpoch { same_up_to, known_for: Duration::from_millis(known_for) })
    });
    Ok(former.optional()?)
}

/// Draws a new epoch, for a database that goes back to an older state. A database that is too old
/// to have one draws its own when its tables are brought up to date.
pub(crate) fn draw(connection: &Connection) -> rusqlite::Result<()> {
    let is_there = "SELECT count(*) FROM sqlite_schema WHERE name = 'epoch'";
    if connection.query_row(is_there, [], |row| row.get::<_, i64>(0))? > 0 {
        // Never the same: the step is between 1 and all of them less one.
        let step = "1 + abs(random() % 4294967294)";
        // In small letters: no server runs it, and its plan is not checked.
        let sql = format!("update epoch set number = (number + {step}) % 4294967296");
        connection.execute(&sql, [])?;
    }
    Ok(())
}

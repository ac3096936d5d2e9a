//! `outbox`: letters that are to be sent. The time of a letter is also the claim of the node that
//! is sending it.
//!
//! Nodes that claim at the same moment skip each other's rows, and letters are due by the
//! database's clock: no letter is claimed twice, even if a node's own clock is wrong. `now` is for
//! tests, which run through days in milliseconds.

use std::time::Duration;

use jiff::Timestamp;
use store::{COUNTED_MAX, Letter, LetterId, Sealed, WaitingLetters};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{at, at_most, count, get, id, milliseconds, read, signed};
use crate::db::Db;
use crate::fault::Result;

pub(crate) async fn insert(
    db: Db<'_>,
    id: LetterId,
    sealed: &Sealed,
    due_at: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO outbox (id, sealed, due_at) VALUES ($1, $2, $3)";
    db.execute(sql, &[&id.0, &sealed.0, &at(due_at)]).await.map(drop)
}

pub(crate) async fn is_due(db: Db<'_>, now: Option<Timestamp>) -> Result<bool> {
    // Not `clock_timestamp()`: a value that changes within a statement cannot be searched in an
    // index.
    let sql = "SELECT id FROM outbox WHERE due_at <= coalesce($1::timestamptz, statement_timestamp()) \
               ORDER BY due_at LIMIT 1";
    Ok(db.optional(sql, &[&now.map(at)]).await?.is_some())
}

/// How many wait, and the oldest of them: ids rise with time.
pub(crate) async fn waiting(db: Db<'_>) -> Result<WaitingLetters> {
    let sql = "SELECT (SELECT count(*) FROM (SELECT FROM outbox WHERE due_at > '-infinity' \
               ORDER BY due_at LIMIT $1) AS counted) AS waiting, \
               (SELECT id FROM outbox ORDER BY id LIMIT 1) AS oldest";
    let row = db.one(sql, &[&signed(COUNTED_MAX)]).await?;
    let oldest: Option<Uuid> = get(&row, "oldest")?;
    let count = count(&row, "waiting")?;
    Ok(WaitingLetters { count, oldest: oldest.map(LetterId) })
}

pub(crate) async fn claim(
    db: Db<'_>,
    max: usize,
    claimed_for: Duration,
    now: Option<Timestamp>,
) -> Result<Vec<Letter>> {
    let max = at_most(max);
    let millis = milliseconds(claimed_for);
    let sql = "UPDATE outbox SET due_at = coalesce($1::timestamptz, statement_timestamp()) \
               + $2::bigint * interval '1 millisecond', attempts = attempts + 1 WHERE id = ANY( \
               ARRAY(SELECT id FROM outbox \
               WHERE due_at <= coalesce($1::timestamptz, statement_timestamp()) \
               ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)) \
               RETURNING id, sealed, attempts - 1 AS attempts";
    let rows = db.rows(sql, &[&now.map(at), &millis, &max]).await?;
    let letter = |row: &Row| {
        Ok(Letter {
            id: LetterId(id::<Uuid>(row, "id")?),
            sealed: Sealed(get(row, "sealed")?),
            attempts: read(row, "attempts", |number: i64| u32::try_from(number).ok())?,
        })
    };
    rows.iter().map(letter).collect()
}

pub(crate) async fn put_off(db: Db<'_>, id: LetterId, due_at: Timestamp) -> Result<()> {
    let sql = "UPDATE outbox SET due_at = $2 WHERE id = $1";
    db.execute(sql, &[&id.0, &at(due_at)]).await.map(drop)
}

pub(crate) async fn delete(db: Db<'_>, id: LetterId) -> Result<()> {
    db.execute("DELETE FROM outbox WHERE id = $1", &[&id.0]).await.map(drop)
}

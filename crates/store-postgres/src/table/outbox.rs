//! `outbox`: letters that are to be sent. The time of a letter is also the claim of whoever is sending it.
//!
//! Claims are writes of the door, one after another on all nodes: no letter is claimed twice.

use jiff::Timestamp;
use store::{Letter, LetterId, Sealed};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{at, get, id, read};
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

pub(crate) async fn is_due(db: Db<'_>, now: Timestamp) -> Result<bool> {
    let sql = "SELECT id FROM outbox WHERE due_at <= $1 ORDER BY due_at LIMIT 1";
    Ok(db.optional(sql, &[&at(now)]).await?.is_some())
}

pub(crate) async fn claim(
    db: Db<'_>,
    until: Timestamp,
    max: usize,
    now: Timestamp,
) -> Result<Vec<Letter>> {
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let sql = "UPDATE outbox SET due_at = $1, attempts = attempts + 1 WHERE id = ANY( \
               ARRAY(SELECT id FROM outbox WHERE due_at <= $2 ORDER BY due_at LIMIT $3)) \
               RETURNING id, sealed, attempts - 1 AS attempts";
    let rows = db.rows(sql, &[&at(until), &at(now), &max]).await?;
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

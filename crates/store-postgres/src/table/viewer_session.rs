//! `viewer_sessions`: what is kept to recover viewers, and which generation has it.
//!
//! Many are written at once. The caller makes sure that no key stands twice in one statement, and
//! that keys are in order: so two processes that write the same ones cannot deadlock.

use jiff::Timestamp;
use store::{HeldSession, KeptSession, NodeId, SESSIONS_SWEPT_MAX, SessionKey};
use tokio_postgres::Row;

use crate::column::{at, at_most, count, get, read, signed};
use crate::db::Db;
use crate::fault::Result;

/// A session as it is to be.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    pub(crate) held: HeldSession,
    pub(crate) data: Vec<u8>,
}

fn keys<'a>(held: impl Iterator<Item = &'a HeldSession>) -> (Vec<&'a [u8]>, Vec<i64>) {
    held.map(|held| (held.key.0.as_slice(), signed(held.generation))).unzip()
}

fn key(row: &Row) -> Result<SessionKey> {
    read(row, "key", |bytes: &[u8]| Some(SessionKey(bytes.try_into().ok()?)))
}

/// Sessions that were not kept before; returns which of them are kept now.
pub(crate) async fn begin(db: Db<'_>, node: NodeId, new: &[Saved]) -> Result<Vec<SessionKey>> {
    let sql = "INSERT INTO viewer_sessions (key, generation, data, node_id) \
         SELECT key, generation, data, $4 FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) \
         AS new (key, generation, data) ON CONFLICT (key) DO UPDATE \
         SET data = excluded.data, left_at = NULL \
         WHERE viewer_sessions.generation = excluded.generation RETURNING key";
    let (keys, generations) = keys(new.iter().map(|saved| &saved.held));
    let data: Vec<&[u8]> = new.iter().map(|saved| saved.data.as_slice()).collect();
    let rows = db.rows(sql, &[&keys, &generations, &data, &node.0]).await?;
    rows.iter().map(key).collect()
}

/// Replaces what their generation has kept; returns which of them are kept now.
pub(crate) async fn replace(db: Db<'_>, changed: &[Saved]) -> Result<Vec<SessionKey>> {
    let sql = "UPDATE viewer_sessions s SET data = changed.data, left_at = NULL \
         FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) AS changed (key, generation, data) \
         WHERE s.key = changed.key AND s.generation = changed.generation RETURNING s.key";
    let (keys, generations) = keys(changed.iter().map(|saved| &saved.held));
    let data: Vec<&[u8]> = changed.iter().map(|saved| saved.data.as_slice()).collect();
    let rows = db.rows(sql, &[&keys, &generations, &data]).await?;
    rows.iter().map(key).collect()
}

/// Claims for the next generation; returns what is kept of those that this generation still has.
pub(crate) async fn claim(
    db: Db<'_>,
    node: NodeId,
    from: &[HeldSession],
) -> Result<Vec<(SessionKey, Vec<u8>)>> {
    let sql = "UPDATE viewer_sessions s \
         SET generation = s.generation + 1, node_id = $3, left_at = NULL \
         FROM unnest($1::bytea[], $2::bigint[]) AS found (key, generation) \
         WHERE s.key = found.key AND s.generation = found.generation RETURNING s.key, s.data";
    let (keys, generations) = keys(from.iter());
    let rows = db.rows(sql, &[&keys, &generations, &node.0]).await?;
    rows.iter().map(|row| Ok((key(row)?, get(row, "data")?))).collect()
}

pub(crate) async fn by_key(db: Db<'_>, key: &SessionKey) -> Result<Option<KeptSession>> {
    let sql = "SELECT generation, data FROM viewer_sessions WHERE key = $1";
    let found = db.optional(sql, &[&key.0.as_slice()]).await?;
    let kept = |row: &Row| {
        Ok(KeptSession { generation: count(row, "generation")?, data: get(row, "data")? })
    };
    found.as_ref().map(kept).transpose()
}

pub(crate) async fn leave(db: Db<'_>, left: &[HeldSession]) -> Result<()> {
    let sql = "UPDATE viewer_sessions s SET left_at = clock_timestamp() \
         FROM unnest($1::bytea[], $2::bigint[]) AS gone (key, generation) \
         WHERE s.key = gone.key AND s.generation = gone.generation";
    let (keys, generations) = keys(left.iter());
    db.execute(sql, &[&keys, &generations]).await.map(drop)
}

pub(crate) async fn delete(db: Db<'_>, held: &[HeldSession]) -> Result<()> {
    let sql = "DELETE FROM viewer_sessions s \
         USING unnest($1::bytea[], $2::bigint[]) AS over (key, generation) \
         WHERE s.key = over.key AND s.generation = over.generation";
    let (keys, generations) = keys(held.iter());
    db.execute(sql, &[&keys, &generations]).await.map(drop)
}

/// Those that were left before this, or whose node's lease was over. It does not wait for those
/// that another process is sweeping.
pub(crate) async fn sweep(db: Db<'_>, left_before: Timestamp) -> Result<usize> {
    let left = "DELETE FROM viewer_sessions WHERE key IN (SELECT key FROM viewer_sessions \
         WHERE left_at < $1 ORDER BY left_at LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let of_dead_nodes = "DELETE FROM viewer_sessions WHERE key IN (SELECT s.key \
         FROM (SELECT id FROM viewer_nodes WHERE lease_until < $1 ORDER BY lease_until LIMIT 16) n \
         JOIN viewer_sessions s ON s.node_id = n.id \
         WHERE s.left_at IS NULL LIMIT $2 FOR UPDATE OF s SKIP LOCKED)";
    let at_most = at_most(SESSIONS_SWEPT_MAX);
    let mut swept = 0;
    for sql in [left, of_dead_nodes] {
        swept += db.execute(sql, &[&at(left_before), &at_most]).await?;
    }
    Ok(usize::try_from(swept).unwrap_or(usize::MAX))
}

//! `viewer_sessions`: what is kept to recover viewers, and which generation has it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use store::{HeldSession, KeptSession, NodeId, SESSIONS_SWEPT_MAX, SessionKey};

use crate::column::{count, signed};
use crate::fault::Result;

/// False if another generation has it, or it was forgotten.
pub(crate) fn save(
    connection: &Connection,
    node: NodeId,
    held: HeldSession,
    data: &[u8],
    is_new: bool,
) -> Result<bool> {
    let values = params![held.key.0, signed(held.generation), data];
    let saved = if is_new {
        let sql = "INSERT INTO viewer_sessions (key, generation, data, node_id) \
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE \
             SET data = excluded.data, left_at = NULL WHERE generation = excluded.generation";
        let values = params![held.key.0, signed(held.generation), data, node.0.as_bytes()];
        connection.prepare_cached(sql)?.execute(values)?
    } else {
        let sql = "UPDATE viewer_sessions SET data = ?3, left_at = NULL \
             WHERE key = ?1 AND generation = ?2";
        connection.prepare_cached(sql)?.execute(values)?
    };
    Ok(saved > 0)
}

pub(crate) fn by_key(connection: &Connection, key: &SessionKey) -> Result<Option<KeptSession>> {
    let sql = "SELECT generation, data FROM viewer_sessions WHERE key = ?";
    let kept = |row: &rusqlite::Row<'_>| {
        Ok(KeptSession { generation: count(row, "generation")?, data: row.get("data")? })
    };
    Ok(connection.prepare_cached(sql)?.query_row([key.0], kept).optional()?)
}

/// Claims for the next generation; returns what is kept, if this generation still has it.
pub(crate) fn claim(
    connection: &Connection,
    node: NodeId,
    from: HeldSession,
) -> Result<Option<Vec<u8>>> {
    let sql = "UPDATE viewer_sessions SET generation = generation + 1, node_id = ?3, left_at = NULL \
         WHERE key = ?1 AND generation = ?2 RETURNING data";
    let values = params![from.key.0, signed(from.generation), node.0.as_bytes()];
    Ok(connection.prepare_cached(sql)?.query_row(values, |row| row.get("data")).optional()?)
}

pub(crate) fn leave(connection: &Connection, left: &[HeldSession], now: Timestamp) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE viewer_sessions SET left_at = ?3 WHERE key = ?1 AND generation = ?2",
    )?;
    for held in left {
        let values = params![held.key.0, signed(held.generation), now.as_millisecond()];
        statement.execute(values)?;
    }
    Ok(())
}

pub(crate) fn delete(connection: &Connection, held: &[HeldSession]) -> Result<()> {
    let mut statement = connection
        .prepare_cached("DELETE FROM viewer_sessions WHERE key = ? AND generation = ?")?;
    for held in held {
        statement.execute(params![held.key.0, signed(held.generation)])?;
    }
    Ok(())
}

/// Those that were left before this, or whose node's lease was over.
pub(crate) fn sweep(connection: &Connection, left_before: Timestamp) -> Result<usize> {
    let left = "DELETE FROM viewer_sessions WHERE key IN (SELECT key FROM viewer_sessions \
         WHERE left_at < ? ORDER BY left_at LIMIT ?)";
    let of_dead_nodes = "DELETE FROM viewer_sessions WHERE key IN (SELECT s.key \
         FROM viewer_nodes n CROSS JOIN viewer_sessions s ON s.node_id = n.id \
         WHERE n.lease_until < ? AND s.left_at IS NULL LIMIT ?)";
    let mut swept = 0;
    for sql in [left, of_dead_nodes] {
        let values = params![left_before.as_millisecond(), SESSIONS_SWEPT_MAX];
        swept += connection.prepare_cached(sql)?.execute(values)?;
    }
    Ok(swept)
}

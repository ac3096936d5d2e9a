//! `viewer_nodes`: the processes that have sessions of viewers, and until when each has its lease.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use store::NodeId;

use crate::fault::Result;

pub(crate) fn renew(
    connection: &Connection,
    node: NodeId,
    lease: Duration,
    now: Timestamp,
) -> Result<()> {
    let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
    let sql = "INSERT INTO viewer_nodes (id, lease_until) VALUES (?, ?) \
         ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until";
    let values = params![node.0.as_bytes(), until.as_millisecond()];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Those whose lease was over before this, and that have no session.
pub(crate) fn sweep(connection: &Connection, over_before: Timestamp) -> Result<()> {
    let sql = "DELETE FROM viewer_nodes WHERE lease_until < ? \
         AND NOT EXISTS (SELECT 1 FROM viewer_sessions WHERE node_id = viewer_nodes.id)";
    connection.prepare_cached(sql)?.execute([over_before.as_millisecond()])?;
    Ok(())
}

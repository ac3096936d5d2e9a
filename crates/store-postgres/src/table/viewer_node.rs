//! `viewer_nodes`: the processes that have sessions of viewers, and until when each has its lease.

use std::time::Duration;

use jiff::Timestamp;
use store::NodeId;

use crate::column::{at, milliseconds, time};
use crate::db::Db;
use crate::fault::Result;

/// By the database's clock; returns its time.
pub(crate) async fn renew(db: Db<'_>, node: NodeId, lease: Duration) -> Result<Timestamp> {
    let sql = "INSERT INTO viewer_nodes (id, lease_until) \
         VALUES ($1, clock_timestamp() + $2::bigint * interval '1 millisecond') \
         ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until \
         RETURNING clock_timestamp() AS now";
    let millis = milliseconds(lease);
    time(&db.one(sql, &[&node.0, &millis]).await?, "now")
}

/// Those whose lease was over before this, and that have no session.
pub(crate) async fn sweep(db: Db<'_>, over_before: Timestamp) -> Result<()> {
    let sql = "DELETE FROM viewer_nodes n WHERE n.lease_until < $1 \
         AND NOT EXISTS (SELECT 1 FROM viewer_sessions s WHERE s.node_id = n.id)";
    db.execute(sql, &[&at(over_before)]).await.map(drop)
}

//! `work_claims`: which node does which piece of work, and until when no other node may.

use std::time::Duration;

use store::{CLAIMS_FORGOTTEN_AT_ONCE_MAX, NodeId, Work};
use uuid::Uuid;

use crate::column::{at_most, id, milliseconds};
use crate::db::Db;
use crate::fault::Result;

/// It does not wait for those that another process is claiming.
pub(crate) async fn claim(
    db: Db<'_>,
    node: NodeId,
    (work, pieces): (Work, &[Uuid]),
    claimed_for: Duration,
) -> Result<Vec<Uuid>> {
    let sql = "WITH free AS ( \
         SELECT id FROM work_claims WHERE work = $1 AND id = ANY($2::uuid[]) \
         AND (claimed_until <= clock_timestamp() OR node_id = $3) FOR UPDATE SKIP LOCKED \
         ), again AS ( \
         UPDATE work_claims SET node_id = $3, \
         claimed_until = clock_timestamp() + $4::bigint * interval '1 millisecond' \
         WHERE work = $1 AND id = ANY(ARRAY(SELECT id FROM free)) RETURNING id \
         ), new AS ( \
         INSERT INTO work_claims (work, id, node_id, claimed_until) \
         SELECT $1, piece, $3, clock_timestamp() + $4::bigint * interval '1 millisecond' \
         FROM unnest($2::uuid[]) AS piece ON CONFLICT DO NOTHING RETURNING id \
         ) SELECT id FROM again UNION ALL SELECT id FROM new";
    let millis = milliseconds(claimed_for);
    let rows = db.rows(sql, &[&work.as_str(), &pieces, &node.0, &millis]).await?;
    rows.iter().map(|row| id(row, "id")).collect()
}

/// Some of those that have ended.
pub(crate) async fn forget(db: Db<'_>) -> Result<()> {
    let sql = "DELETE FROM work_claims w USING (SELECT work, id FROM work_claims \
         WHERE claimed_until <= clock_timestamp() ORDER BY claimed_until LIMIT $1 \
         FOR UPDATE SKIP LOCKED) ended WHERE w.work = ended.work AND w.id = ended.id";
    let at_most = at_most(CLAIMS_FORGOTTEN_AT_ONCE_MAX);
    db.execute(sql, &[&at_most]).await.map(drop)
}

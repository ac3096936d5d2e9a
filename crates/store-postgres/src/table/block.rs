//! `blocks`: seats that staff have taken out of sale.

use domain::{Block, BlockId, RouteId};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{get, id, seats, segment, time};
use crate::db::Db;
use crate::fault::Result;

/// The blocks that the rest of the statement names, in the columns that [`block`] reads.
macro_rules! select_blocks {
    ($rest:literal) => {
        concat!(
            "SELECT id, route_id, from_stop_index, to_stop_index, seats, reason, created_at FROM blocks ",
            $rest
        )
    };
}

fn block(row: &Row) -> Result<Block> {
    Ok(Block {
        id: id(row, "id")?,
        route_id: id(row, "route_id")?,
        segment: segment(row)?,
        seats: seats(row, "seats")?,
        reason: get(row, "reason")?,
        created_at: time(row, "created_at")?,
        is_lifted: false,
    })
}

pub(crate) async fn by_ids(db: Db<'_>, ids: &[BlockId]) -> Result<Vec<Block>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    db.rows(select_blocks!("WHERE id = ANY($1)"), &[&ids]).await?.iter().map(block).collect()
}

/// Oldest first.
pub(crate) async fn of_route(db: Db<'_>, route_id: RouteId) -> Result<Vec<Block>> {
    let sql = select_blocks!("WHERE route_id = $1 ORDER BY id");
    db.rows(sql, &[&route_id.0]).await?.iter().map(block).collect()
}

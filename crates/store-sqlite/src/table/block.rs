//! `blocks`: seats that staff have taken out of sale.

use domain::{Block, BlockId, RouteId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use store::Row as Written;

use crate::column::{bytes, id, json, millis, segment, time};
use crate::fault::{Result, one_row};

fn block(row: &Row<'_>) -> rusqlite::Result<Block> {
    Ok(Block {
        id: id(row, "id")?,
        route_id: id(row, "route_id")?,
        segment: segment(row)?,
        seats: json(row, "seats")?,
        reason: row.get("reason")?,
        created_at: time(row, "created_at")?,
        is_lifted: false,
    })
}

pub(crate) fn by_id(connection: &Connection, id: BlockId) -> Result<Option<Block>> {
    let found = connection
        .prepare_cached("SELECT * FROM blocks WHERE id = ?")?
        .query_row([bytes(id.0)], block)
        .optional()?;
    Ok(found)
}

pub(crate) fn of_route(connection: &Connection, route_id: RouteId) -> Result<Vec<Block>> {
    let blocks = connection
        .prepare_cached("SELECT * FROM blocks WHERE route_id = ? ORDER BY id")?
        .query_map([bytes(route_id.0)], block)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(blocks)
}

/// A block never changes: it is made, and lifted.
pub(crate) fn write(connection: &Connection, row: &Written<Block>) -> Result<()> {
    let block = &row.value;
    if block.is_lifted {
        let deleted = connection
            .prepare_cached("DELETE FROM blocks WHERE id = ?")?
            .execute([bytes(block.id.0)])?;
        return one_row("lifting a block", deleted);
    }
    connection
        .prepare_cached(
            "INSERT INTO blocks (id, route_id, from_stop_index, to_stop_index, seats, reason, \
             created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            bytes(block.id.0),
            bytes(block.route_id.0),
            block.segment.from().get(),
            block.segment.to().get(),
            serde_json::to_string(&block.seats)?,
            block.reason,
            millis(block.created_at),
        ])?;
    Ok(())
}

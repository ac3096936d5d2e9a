//! `bus_tokens`: the token of the device on a bus. Only a digest is kept: a reader of the file
//! finds no token.

use domain::{Bus, BusId, Refusal};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use store::TokenDigest;

use super::bus;
use crate::column::{bytes, id, millis};
use crate::fault::Result;

/// In place of the one that the bus had.
pub(crate) fn save(
    connection: &Connection,
    bus: BusId,
    digest: TokenDigest,
    now: Timestamp,
) -> Result<Bus> {
    let of = bus::by_id(connection, bus)?.ok_or(Refusal::BusNotFound)?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO bus_tokens (bus_id, token_hash, created_at) VALUES (?, ?, ?)",
        )?
        .execute(params![bytes(bus.0), digest.0, millis(now)])?;
    Ok(of)
}

/// Also returns whether there was one.
pub(crate) fn delete(connection: &Connection, bus: BusId) -> Result<(Bus, bool)> {
    let of = bus::by_id(connection, bus)?.ok_or(Refusal::BusNotFound)?;
    let deleted = connection
        .prepare_cached("DELETE FROM bus_tokens WHERE bus_id = ?")?
        .execute([bytes(bus.0)])?;
    Ok((of, deleted > 0))
}

pub(crate) fn bus_of(connection: &Connection, digest: TokenDigest) -> Result<Option<BusId>> {
    let found = connection
        .prepare_cached("SELECT bus_id FROM bus_tokens WHERE token_hash = ?")?
        .query_row([digest.0], |row| id(row, "bus_id"))
        .optional()?;
    Ok(found)
}

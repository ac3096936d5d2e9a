//! `bus_tokens`: the token of the device on a bus. Only a digest is kept: a reader of the database
//! finds no token.

use domain::{Bus, BusId, Refusal};
use jiff::Timestamp;
use store::TokenDigest;

use super::bus;
use crate::column::{at, id};
use crate::db::Db;
use crate::fault::Result;

/// In place of the one that the bus had.
pub(crate) async fn save(
    db: Db<'_>,
    bus: BusId,
    digest: TokenDigest,
    now: Timestamp,
) -> Result<Bus> {
    let of = bus::by_id(db, bus).await?.ok_or(Refusal::BusNotFound)?;
    let sql = "INSERT INTO bus_tokens (bus_id, token_hash, created_at) VALUES ($1, $2, $3) \
         ON CONFLICT (bus_id) DO UPDATE SET token_hash = excluded.token_hash, \
         created_at = excluded.created_at";
    db.execute(sql, &[&bus.0, &digest.0.as_slice(), &at(now)]).await?;
    Ok(of)
}

/// Also returns whether there was one.
pub(crate) async fn delete(db: Db<'_>, bus: BusId) -> Result<(Bus, bool)> {
    let of = bus::by_id(db, bus).await?.ok_or(Refusal::BusNotFound)?;
    let deleted = db.execute("DELETE FROM bus_tokens WHERE bus_id = $1", &[&bus.0]).await?;
    Ok((of, deleted > 0))
}

pub(crate) async fn bus_of(db: Db<'_>, digest: TokenDigest) -> Result<Option<BusId>> {
    let sql = "SELECT bus_id FROM bus_tokens WHERE token_hash = $1";
    db.optional(sql, &[&digest.0.as_slice()]).await?.map(|row| id(&row, "bus_id")).transpose()
}

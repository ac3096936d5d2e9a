//! `holds`: seats that are held while names are typed.

use domain::fair_use::{AddressKey, Caller};
use domain::hold::TokenHash;
use domain::{Hold, HoldId, RouteId, UserId};
use jiff::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{
    at, at_most, count, get, hold_state, id, optional_id, optional_time, read, read_optional,
    seats, segment, time,
};
use crate::db::Db;
use crate::fault::Result;

/// The holds that the rest of the statement names, in the columns that [`hold`] reads.
macro_rules! select_holds {
    ($rest:literal) => {
        concat!(
            "SELECT id, token_hash, route_id, from_stop_index, to_stop_index, seats, user_id, address, \
             state, expires_at, is_extended, created_at, ended_at FROM holds ",
            $rest
        )
    };
}

fn hold(row: &Row) -> Result<Hold> {
    let account: Option<UserId> = optional_id(row, "user_id")?;
    Ok(Hold {
        id: id(row, "id")?,
        token: read(row, "token_hash", |bytes: &[u8]| Some(TokenHash(bytes.try_into().ok()?)))?,
        route_id: id(row, "route_id")?,
        segment: segment(row)?,
        seats: seats(row, "seats")?,
        caller: account.map(Caller::Account),
        address: read_optional(row, "address", |bytes: &[u8]| {
            Some(AddressKey(bytes.try_into().ok()?))
        })?,
        state: hold_state(row, "state")?,
        expires_at: time(row, "expires_at")?,
        is_extended: get(row, "is_extended")?,
        created_at: time(row, "created_at")?,
        ended_at: optional_time(row, "ended_at")?,
    })
}

/// By id or by token.
pub(crate) async fn of(db: Db<'_>, ids: &[HoldId], tokens: &[TokenHash]) -> Result<Vec<Hold>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let tokens: Vec<&[u8]> = tokens.iter().map(|token| token.0.as_slice()).collect();
    let by_id = select_holds!("WHERE id = ANY($1)");
    let by_token = select_holds!("WHERE token_hash = ANY($1)");
    let mut rows = Vec::new();
    if !ids.is_empty() {
        rows.extend(db.rows(by_id, &[&ids]).await?);
    }
    if !tokens.is_empty() {
        rows.extend(db.rows(by_token, &[&tokens]).await?);
    }
    rows.iter().map(hold).collect()
}

pub(crate) async fn live_on(db: Db<'_>, routes: &[RouteId]) -> Result<Vec<Hold>> {
    let routes: Vec<Uuid> = routes.iter().map(|id| id.0).collect();
    let sql = select_holds!("WHERE route_id = ANY($1) AND ended_at IS NULL");
    db.rows(sql, &[&routes]).await?.iter().map(hold).collect()
}

pub(crate) async fn due(db: Db<'_>, now: Timestamp, limit: usize) -> Result<Vec<HoldId>> {
    let sql = "SELECT id FROM holds WHERE state = 'LIVE' AND expires_at <= $1 \
         ORDER BY expires_at LIMIT $2";
    let rows = db.rows(sql, &[&at(now), &at_most(limit)]).await?;
    rows.iter().map(|row| id(row, "id")).collect()
}

/// How many there are.
pub(crate) async fn live(db: Db<'_>) -> Result<u64> {
    let sql = "SELECT count(expires_at) AS live FROM holds WHERE state = 'LIVE'";
    count(&db.one(sql, &[]).await?, "live")
}

pub(crate) async fn next_end(db: Db<'_>) -> Result<Option<Timestamp>> {
    let sql = "SELECT expires_at FROM holds WHERE state = 'LIVE' ORDER BY expires_at LIMIT 1";
    db.optional(sql, &[]).await?.as_ref().map(|row| time(row, "expires_at")).transpose()
}

//! `holds`: seats that are held while names are typed.

use domain::fair_use::{AddressKey, Caller};
use domain::hold::HoldKey;
use domain::hold::{ENDED_HOLD_KEPT_SECONDS, TokenHash};
use domain::{Hold, HoldId, RouteId, UserId};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use store::Row as Written;

use crate::column::{
    bytes, hold_state, id, json, millis, optional_id, optional_time, segment, time,
};
use crate::fault::{Result, one_row};

fn hold(row: &Row<'_>) -> rusqlite::Result<Hold> {
    let account: Option<UserId> = optional_id(row, "user_id")?;
    Ok(Hold {
        id: id(row, "id")?,
        token: TokenHash(row.get("token_hash")?),
        route_id: id(row, "route_id")?,
        segment: segment(row)?,
        seats: json(row, "seats")?,
        caller: account.map(Caller::Account),
        address: row.get::<_, Option<[u8; 16]>>("address")?.map(AddressKey),
        state: hold_state(row, "state")?,
        expires_at: time(row, "expires_at")?,
        is_extended: row.get("is_extended")?,
        created_at: time(row, "created_at")?,
        ended_at: optional_time(row, "ended_at")?,
    })
}

pub(crate) fn by_key(connection: &Connection, key: HoldKey) -> Result<Option<Hold>> {
    let found = match key {
        HoldKey::Id(id) => connection
            .prepare_cached("SELECT * FROM holds WHERE id = ?")?
            .query_row([bytes(id.0)], hold),
        HoldKey::Token(token) => connection
            .prepare_cached("SELECT * FROM holds WHERE token_hash = ?")?
            .query_row([token.0], hold),
    };
    Ok(found.optional()?)
}

pub(crate) fn live_on(connection: &Connection, route_id: RouteId) -> Result<Vec<Hold>> {
    let live = connection
        .prepare_cached("SELECT * FROM holds WHERE route_id = ? AND state = 'LIVE'")?
        .query_map([bytes(route_id.0)], hold)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(live)
}

pub(crate) fn due(connection: &Connection, now: Timestamp, limit: usize) -> Result<Vec<HoldId>> {
    let due = connection
        .prepare_cached(
            "SELECT id FROM holds WHERE state = 'LIVE' AND expires_at <= ? \
             ORDER BY expires_at LIMIT ?",
        )?
        .query_map(params![millis(now), limit], |row| id(row, "id"))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(due)
}

pub(crate) fn next_end(connection: &Connection) -> Result<Option<Timestamp>> {
    let next = connection
        .prepare_cached("SELECT min(expires_at) AS next FROM holds WHERE state = 'LIVE'")?
        .query_row([], |row| optional_time(row, "next"))?;
    Ok(next)
}

/// How many there are.
pub(crate) fn live(connection: &Connection) -> Result<u64> {
    let live = connection
        .prepare_cached("SELECT count(expires_at) AS live FROM holds WHERE state = 'LIVE'")?
        .query_row([], |row| row.get("live"))?;
    Ok(live)
}

pub(crate) fn write(connection: &Connection, row: &Written<Hold>) -> Result<()> {
    let hold = &row.value;
    if row.is_new {
        insert(connection, hold)?;
    } else {
        update(connection, hold)?;
    }
    // Holds that ended long ago are deleted when another ends.
    if let Some(ended_at) = hold.ended_at {
        let oldest = ended_at - SignedDuration::from_secs(ENDED_HOLD_KEPT_SECONDS);
        connection
            .prepare_cached("DELETE FROM holds WHERE ended_at <= ?")?
            .execute([millis(oldest)])?;
    }
    Ok(())
}

fn insert(connection: &Connection, hold: &Hold) -> Result<()> {
    let account = match &hold.caller {
        Some(Caller::Account(id)) => Some(bytes(id.0)),
        Some(Caller::Phone(_)) | None => None,
    };
    connection
        .prepare_cached(
            "INSERT INTO holds (id, token_hash, route_id, from_stop_index, to_stop_index, seats, \
             user_id, address, state, expires_at, is_extended, created_at, ended_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            bytes(hold.id.0),
            hold.token.0,
            bytes(hold.route_id.0),
            hold.segment.from().get(),
            hold.segment.to().get(),
            serde_json::to_string(&hold.seats)?,
            account,
            hold.address.map(|address| address.0),
            hold.state.as_str(),
            millis(hold.expires_at),
            hold.is_extended,
            millis(hold.created_at),
            hold.ended_at.map(millis),
        ])?;
    Ok(())
}

/// All columns of a hold that can change.
fn update(connection: &Connection, hold: &Hold) -> Result<()> {
    let updated = connection
        .prepare_cached(
            "UPDATE holds SET address = ?, state = ?, expires_at = ?, is_extended = ?, \
             ended_at = ? WHERE id = ?",
        )?
        .execute(params![
            hold.address.map(|address| address.0),
            hold.state.as_str(),
            millis(hold.expires_at),
            hold.is_extended,
            hold.ended_at.map(millis),
            bytes(hold.id.0),
        ])?;
    one_row("changing a hold", updated)
}

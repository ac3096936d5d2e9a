//! `run_outs`: seats that were let run out unpaid within the last hour, and whose they were.

use domain::fair_use::{AddressKey, Caller, Claim, Claims, RUN_OUT_SECONDS};
use domain::passenger::Phone;
use domain::{Holder, RouteId, UserId};
use jiff::SignedDuration;
use rusqlite::{Connection, params};

use super::seat;
use crate::column::{bytes, millis, optional_id, time};
use crate::fault::Result;

/// Adds what ran out to the claims of a route.
pub(crate) fn of_route(
    connection: &Connection,
    route_id: RouteId,
    claims: &mut Claims,
) -> Result<()> {
    let mut statement = connection.prepare_cached("SELECT * FROM run_outs WHERE route_id = ?")?;
    let mut rows = statement.query([bytes(route_id.0)])?;
    while let Some(row) = rows.next()? {
        let account: Option<UserId> = optional_id(row, "user_id")?;
        let phone: Option<String> = row.get("phone")?;
        let phone = phone.map(|digits| Caller::Phone(Phone::from_stored(digits)));
        let ran_out_at = time(row, "ran_out_at")?;
        let claim = Claim {
            caller: account.map(Caller::Account).or(phone),
            address: row.get::<_, Option<[u8; 16]>>("address")?.map(AddressKey),
            seats: row.get("seats")?,
            since: time(row, "since")?,
            ends_at: ran_out_at,
            ran_out_at: Some(ran_out_at),
        };
        claims.put(seat::holder(row)?, claim);
    }
    Ok(())
}

/// Notes that it ran out; `None`: it was paid after all.
pub(crate) fn write(
    connection: &Connection,
    route_id: RouteId,
    holder: Holder,
    claim: Option<&Claim>,
) -> Result<()> {
    let (kind, holder_id) = seat::columns(holder);
    let ran_out = claim.and_then(|claim| Some((claim, claim.ran_out_at?)));
    let Some((claim, ran_out_at)) = ran_out else {
        connection
            .prepare_cached(
                "DELETE FROM run_outs WHERE route_id = ? AND holder_kind = ? AND holder_id = ?",
            )?
            .execute(params![bytes(route_id.0), kind, holder_id])?;
        return Ok(());
    };
    let oldest = ran_out_at - SignedDuration::from_secs(RUN_OUT_SECONDS);
    connection
        .prepare_cached("DELETE FROM run_outs WHERE ran_out_at <= ?")?
        .execute([millis(oldest)])?;
    let (account, phone) = match &claim.caller {
        Some(Caller::Account(id)) => (Some(bytes(id.0)), None),
        Some(Caller::Phone(phone)) => (None, Some(phone.as_str())),
        None => (None, None),
    };
    connection
        .prepare_cached("INSERT OR REPLACE INTO run_outs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![
            bytes(route_id.0),
            kind,
            holder_id,
            account,
            phone,
            claim.address.map(|address| address.0),
            claim.seats,
            millis(claim.since),
            millis(ran_out_at),
        ])?;
    Ok(())
}

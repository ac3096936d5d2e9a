//! `run_outs`: seats that ran out unpaid within the last hour, and whose they were.

use domain::fair_use::{AddressKey, Caller, Claim, Claims, RUN_OUT_SECONDS};
use domain::{Holder, RouteId, UserId};
use jiff::SignedDuration;
use rusqlite::{Connection, params};
use store::DataKeys;

use super::{expired_hold, seat};
use crate::column::{bytes, id, millis, optional_id, time};
use crate::db::Db;
use crate::fault::Result;

/// Adds seats that ran out to the claims of a route.
pub(crate) fn of_route(db: &Db, route_id: RouteId, claims: &mut Claims) -> Result<()> {
    let mut statement = db.prepare_cached("SELECT * FROM run_outs WHERE route_id = ?")?;
    let mut rows = statement.query([bytes(route_id.0)])?;
    while let Some(row) = rows.next()? {
        let account: Option<UserId> = optional_id(row, "user_id")?;
        let holder = seat::holder(row)?;
        let phone: Option<String> = row.get("phone")?;
        let phone = phone.map(|stored| db.keys().phone_of_run_out(route_id, holder, stored));
        let phone = phone.transpose()?.map(Caller::Phone);
        let ran_out_at = time(row, "ran_out_at")?;
        let claim = Claim {
            caller: account.map(Caller::Account).or(phone),
            address: row.get::<_, Option<[u8; 16]>>("address")?.map(AddressKey),
            seats: row.get("seats")?,
            since: time(row, "since")?,
            ends_at: ran_out_at,
            ran_out_at: Some(ran_out_at),
        };
        claims.put(holder, claim);
    }
    Ok(())
}

/// Notes that it ran out; `None`: it was paid later.
pub(crate) fn write(
    db: &Db,
    route_id: RouteId,
    holder: Holder,
    claim: Option<&Claim>,
) -> Result<()> {
    let (kind, holder_id) = seat::columns(holder);
    let ran_out = claim.and_then(|claim| Some((claim, claim.ran_out_at?)));
    let Some((claim, ran_out_at)) = ran_out else {
        db.prepare_cached(
            "DELETE FROM run_outs WHERE route_id = ? AND holder_kind = ? AND holder_id = ?",
        )?
        .execute(params![bytes(route_id.0), kind, holder_id])?;
        return Ok(());
    };
    let oldest = ran_out_at - SignedDuration::from_secs(RUN_OUT_SECONDS);
    db.prepare_cached("DELETE FROM run_outs WHERE ran_out_at <= ?")?.execute([millis(oldest)])?;
    let (account, phone) = match &claim.caller {
        Some(Caller::Account(id)) => (Some(bytes(id.0)), None),
        Some(Caller::Phone(phone)) => {
            (None, Some(db.keys().run_out_phone(route_id, holder, phone)))
        }
        None => (None, None),
    };
    db.prepare_cached("INSERT OR REPLACE INTO run_outs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?
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
    if matches!(holder, Holder::Hold(_)) {
        expired_hold::add(db, route_id, claim, ran_out_at)?;
    }
    Ok(())
}

/// Each phone number, with the key that encrypts now.
pub(crate) fn seal_again(connection: &Connection, keys: &DataKeys) -> Result<()> {
    let mut read = connection.prepare("select * from run_outs where phone is not null")?;
    let mut write = connection.prepare(
        "update run_outs set phone = ? where route_id = ? and holder_kind = ? and holder_id = ?",
    )?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let (route_id, holder) = (id(row, "route_id")?, seat::holder(row)?);
        let phone = keys.phone_of_run_out(route_id, holder, row.get("phone")?)?;
        let (kind, holder_id) = seat::columns(holder);
        let phone = keys.run_out_phone(route_id, holder, &phone);
        write.execute(params![phone, bytes(route_id.0), kind, holder_id])?;
    }
    Ok(())
}

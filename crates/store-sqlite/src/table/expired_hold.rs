//! `expired_holds`: accounts that let seats of a departure run out unpaid. Triggers count reserved
//! tickets; a hold has none, and is counted here.

use domain::RouteId;
use domain::fair_use::{Caller, Claim};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use store::{EXPIRED_HOLDS_MAX, ExpiredHolds, HoldsExpired, day_of};

use crate::column::{bytes, count, id, millis};
use crate::fault::Result;

const MOST: &str = "SELECT user_id, route_id, holds FROM expired_holds ORDER BY holds DESC LIMIT ?";

pub(crate) fn figures(connection: &Connection) -> Result<HoldsExpired> {
    let total = connection
        .prepare_cached(
            "SELECT total + (SELECT coalesce(sum(seats), 0) FROM expired_hold_seats) AS total \
             FROM expired_hold_figures",
        )?
        .query_row([], |row| count(row, "total"))?;
    let by_customer = connection
        .prepare_cached(MOST)?
        .query_map([EXPIRED_HOLDS_MAX], |row| {
            let (user_id, route_id) = (id(row, "user_id")?, id(row, "route_id")?);
            Ok(ExpiredHolds { user_id, route_id, count: count(row, "holds")? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(HoldsExpired { total, by_customer })
}

/// The seats of a hold that ran out at that time.
pub(crate) fn add(
    connection: &Connection,
    route_id: RouteId,
    claim: &Claim,
    at: Timestamp,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO expired_hold_seats VALUES (?, ?) \
             ON CONFLICT DO UPDATE SET seats = seats + excluded.seats",
        )?
        .execute(params![day_of(at), claim.seats])?;
    if let Some(Caller::Account(user_id)) = &claim.caller {
        connection
            .prepare_cached(
                "INSERT INTO expired_holds SELECT ?, id, ?, arrives_at FROM routes WHERE id = ? \
                 ON CONFLICT DO UPDATE SET holds = holds + excluded.holds, \
                 arrives_at = excluded.arrives_at",
            )?
            .execute(params![bytes(user_id.0), claim.seats, bytes(route_id.0)])?;
    }
    connection
        .prepare_cached("DELETE FROM expired_holds WHERE arrives_at <= ?")?
        .execute([millis(at)])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::MOST;

    /// Even if many accounts let holds run out, only those that are shown are read.
    #[test]
    fn the_most_are_found_by_index() {
        let connection = Connection::open_in_memory().unwrap();
        let mut connection = crate::pragmas::prepared(connection).unwrap();
        crate::migrations::migrate(&mut connection).unwrap();
        let plan: String = connection
            .query_row(&format!("EXPLAIN QUERY PLAN {MOST}"), [20], |row| row.get("detail"))
            .unwrap();
        assert_eq!(plan, "SCAN expired_holds USING COVERING INDEX expired_holds_by_count");
    }
}

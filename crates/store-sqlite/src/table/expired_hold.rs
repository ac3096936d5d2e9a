//! `expired_holds`: accounts that let seats of a departure run out unpaid. Triggers keep it up to
//! date.

use rusqlite::Connection;
use store::{EXPIRED_HOLDS_MAX, ExpiredHolds, HoldsExpired};

use crate::column::{count, id};
use crate::fault::Result;

const MOST: &str = "SELECT user_id, route_id, holds FROM expired_holds ORDER BY holds DESC LIMIT ?";

pub(crate) fn figures(connection: &Connection) -> Result<HoldsExpired> {
    let total = connection
        .prepare_cached("SELECT total FROM expired_hold_figures")?
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

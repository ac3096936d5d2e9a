//! Whether a departure would put its bus on two at once. The domain decides it; this finds the
//! departures, by index: those of one bus within the length of its longest journey.

use domain::{Route, RouteId, RoutePlan};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::route;
use crate::column::{bounds, bytes, id};
use crate::fault::Result;

/// The expression is written as in `routes_by_bus_and_length`, or that index is not used.
const ON_THE_WAY: &str = "SELECT id FROM routes WHERE bus_id = :bus AND departs_at < :end \
     AND departs_at > :start - (SELECT arrives_at - departs_at FROM routes WHERE bus_id = :bus \
     ORDER BY arrives_at - departs_at DESC LIMIT 1) \
     AND arrives_at > :start AND id <> :self ORDER BY departs_at LIMIT 1";

/// Inside the transaction that writes the plan: `old` is the route as it stands, if it exists.
pub(super) fn must_be_free(
    connection: &Connection,
    route_id: RouteId,
    plan: &RoutePlan,
    old: Option<&Route>,
) -> Result<()> {
    let Some(time) = plan.bus_time().filter(|_| plan.takes_bus_time(old)) else { return Ok(()) };
    let (start, end) = bounds(time);
    let other: Option<RouteId> = connection
        .prepare_cached(ON_THE_WAY)?
        .query_row(
            named_params! {
                ":bus": bytes(plan.bus_id.0),
                ":start": start,
                ":end": end,
                ":self": bytes(route_id.0),
            },
            |row| id(row, "id"),
        )
        .optional()?;
    let Some(other) = other else { return Ok(()) };
    let other = route::by_id(connection, other)?;
    Ok(plan.must_have_its_bus(other.as_ref().map(|view| &view.route))?)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::ON_THE_WAY;

    /// A bus that drives for ten years has thousands of departures; only a few of these are read.
    #[test]
    fn it_is_found_by_index() {
        let connection = Connection::open_in_memory().unwrap();
        let mut connection = crate::pragmas::prepared(connection).unwrap();
        crate::migrations::migrate(&mut connection).unwrap();
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {ON_THE_WAY}")).unwrap();
        let mut plan = Vec::new();
        let mut rows = explain.raw_query();
        while let Some(row) = rows.next().unwrap() {
            plan.push(row.get::<_, String>("detail").unwrap());
        }
        let plan = plan.join("\n");
        for part in [
            "SEARCH routes USING INDEX routes_by_bus (bus_id=? AND departs_at>? AND departs_at<?)",
            "SEARCH routes USING COVERING INDEX routes_by_bus_and_length (bus_id=?)",
        ] {
            assert!(plan.contains(part), "{plan}");
        }
        assert!(!plan.contains("B-TREE"), "nothing is sorted: {plan}");
    }
}

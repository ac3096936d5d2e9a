//! Whether a departure would put its bus on two at once. The domain decides it; this finds the
//! departures, by index: those of one bus within the length of its longest journey.

use domain::{Route, RouteId, RoutePlan};

use super::route_view;
use crate::column::{at, id};
use crate::db::Db;
use crate::fault::Result;

// A day is subtracted in UTC; else it would have 23 hours once a year in the database's time zone.
// The length is spelled as in `routes_by_bus_and_length`, or that index is not used.
const ON_THE_WAY: &str = "SELECT id FROM routes WHERE bus_id = $1 AND departs_at < $3 \
     AND departs_at > ($2::timestamptz AT TIME ZONE 'UTC' - (SELECT arrives_at - departs_at \
     FROM routes WHERE bus_id = $1 ORDER BY arrives_at - departs_at DESC LIMIT 1)) AT TIME ZONE 'UTC' \
     AND arrives_at > $2 AND id <> $4 ORDER BY departs_at LIMIT 1";

/// Inside the transaction that writes the plan: `old` is the route as it stands, if it exists.
pub(super) async fn must_be_free(
    db: Db<'_>,
    route_id: RouteId,
    plan: &RoutePlan,
    old: Option<&Route>,
) -> Result<()> {
    let Some(time) = plan.bus_time().filter(|_| plan.takes_bus_time(old)) else { return Ok(()) };
    let (bus, route) = (plan.bus_id.0, route_id.0);
    let Some(other) =
        db.optional(ON_THE_WAY, &[&bus, &at(time.start), &at(time.end), &route]).await?
    else {
        return Ok(());
    };
    let other = route_view::by_id(db, id(&other, "id")?).await?;
    Ok(plan.must_have_its_bus(other.as_ref().map(|view| &view.route))?)
}

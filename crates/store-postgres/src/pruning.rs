//! Deletes what has been kept long enough, a step at a time, inside the clock.

use std::collections::BTreeSet;

use store::{OldGroups, PRUNED_ROWS_AT_ONCE, PruneWrite, gone_up_to};

use crate::fault::Result;
use crate::group::Inside;
use crate::table::{audit_list, group, route_event};

/// Returns how many rows were deleted.
pub(crate) async fn prune(inside: &Inside<'_>, write: PruneWrite) -> Result<u64> {
    let db = inside.db;
    let before = match write {
        PruneWrite::Audit { before } => {
            return audit_list::delete_before(db, before, PRUNED_ROWS_AT_ONCE).await;
        }
        PruneWrite::Events { before } => before,
    };
    let Some(old) = OldGroups::of(&group::oldest(db).await?, before) else { return Ok(0) };
    let events = route_event::names_between(db, old.after_place, old.last_place).await?;
    let routes: BTreeSet<_> = events.iter().map(|(route_id, _)| *route_id).collect();
    let heads = route_event::heads(db, routes).await?;
    let groups = group::delete_before(db, old.last).await?;
    let events = route_event::delete_up_to(db, &gone_up_to(events, &heads)).await?;
    Ok(groups + events)
}

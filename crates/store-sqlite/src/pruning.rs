//! Deletes what has been kept long enough, a step at a time, inside the writer's transaction.

use std::collections::BTreeMap;

use store::{OldGroups, PRUNED_ROWS_AT_ONCE, PruneWrite, gone_up_to};

use crate::fault::Result;
use crate::inside::Inside;
use crate::table::{audit, group, route, route_event};

/// How many rows have gone.
pub(crate) fn prune(inside: &Inside<'_>, write: PruneWrite) -> Result<usize> {
    let connection = inside.connection;
    let before = match write {
        PruneWrite::Audit { before } => {
            return audit::delete_before(connection, before, PRUNED_ROWS_AT_ONCE);
        }
        PruneWrite::Events { before } => before,
    };
    let Some(old) = OldGroups::of(&group::oldest(connection)?, before) else { return Ok(0) };
    let events = route_event::names_between(connection, old.after_place, old.last_place)?;
    let mut heads = BTreeMap::new();
    for (route_id, _) in &events {
        if !heads.contains_key(route_id)
            && let Some(head) = route::head(connection, *route_id)?
        {
            heads.insert(*route_id, head);
        }
    }
    let mut gone = group::delete_before(connection, old.last)?;
    for (route_id, ordinal) in gone_up_to(events, &heads) {
        gone += route_event::delete_up_to(connection, route_id, ordinal)?;
    }
    Ok(gone)
}

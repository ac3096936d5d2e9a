//! Reads again what other nodes have changed on routes that are kept here: a few rows for each
//! sale, even if the bus is full.
//!
//! Invariant: afterwards the set has the same as if the whole route were read now.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Facts, Holder, RouteAgain, RouteId};

use super::claims::{self, Held};
use crate::db::Db;
use crate::fault::Result;
use crate::table::route_event;

/// Routes with seats that are out of date, and the holders that had or have these.
#[derive(Debug, Default)]
pub(super) struct Old {
    routes: BTreeSet<RouteId>,
    holders: BTreeSet<(RouteId, Holder)>,
}

impl Old {
    pub(super) fn of(facts: &Facts, routes: &[RouteId]) -> Self {
        let mut old = Self::default();
        for route_id in routes {
            old.routes.insert(*route_id);
            let seats = facts.old_seats(*route_id).into_iter().flatten();
            old.holders.extend(seats.map(|(_, holder)| (*route_id, *holder)));
        }
        old
    }
}

pub(super) async fn read(db: Db<'_>, old: &Old) -> Result<BTreeMap<RouteId, RouteAgain>> {
    if old.routes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let holders: Vec<(RouteId, Holder)> = old.holders.iter().copied().collect();
    let (heads, Held { legs, sitters, claims }) = tokio::try_join!(
        route_event::newest_of(db, &old.routes),
        claims::of_holders(db, &holders)
    )?;
    let mut again: BTreeMap<RouteId, RouteAgain> = BTreeMap::new();
    for (route_id, head) in heads {
        again.entry(route_id).or_default().head = head;
    }
    for (route_id, seat, leg, holder) in legs {
        again.entry(route_id).or_default().legs.push((seat, leg, holder));
    }
    for (route_id, sitter) in sitters {
        again.entry(route_id).or_default().sitters.push(sitter);
    }
    for (route_id, holder, claim) in claims {
        again.entry(route_id).or_default().claims.push((holder, claim));
    }
    Ok(again)
}

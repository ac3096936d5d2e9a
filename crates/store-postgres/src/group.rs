//! The inside of a group: the transaction that holds the clock, and what is collected there.

use domain::audit::Audited;
use domain::{RouteChange, RouteEvent, RouteId, RoutePlace, RouteUpdate};
use jiff::Timestamp;
use store::WorkingSet;

use crate::db::Db;
use crate::fault::Result;
use crate::table::route_event;

pub(crate) struct Inside<'a> {
    pub(crate) db: Db<'a>,
    /// The facts of the commands, and their changes that are still to be written. There are none of
    /// these when a write by itself begins.
    pub(crate) set: &'a mut WorkingSet,
    /// Events of the jobs so far, in the order in which they are committed.
    pub(crate) events: Vec<RouteEvent>,
    /// The audit's rows of the job so far, for the case that it is not refused.
    pub(crate) audited: Vec<Audited>,
}

impl Inside<'_> {
    /// The place of the newest event, those of this group included.
    pub(crate) fn last_place(&mut self) -> u64 {
        let Some(place) = self.set.facts().last_position() else {
            unreachable!("the newest place is put into the set when the clock is taken")
        };
        place
    }

    /// Writes the changes of a route after its last event, and notes its new head.
    pub(crate) async fn tell(
        &mut self,
        route_id: RouteId,
        head: RoutePlace,
        changes: &[RouteChange],
        at: Timestamp,
    ) -> Result<RoutePlace> {
        let mut place = head;
        for change in changes {
            place = place.after_route_change();
            let position = self.last_place() + 1;
            self.set.facts().set_last_position(position);
            let update = RouteUpdate { route_id, place, position, change: *change, at };
            route_event::insert_change(self.db, &update).await?;
            self.events.push(RouteEvent::Update(update));
        }
        Ok(place)
    }
}

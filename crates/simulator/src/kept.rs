//! Seats that are kept without a ticket, as the auditor knows them: by a hold or a block, from the
//! committed events alone.

use std::collections::BTreeMap;

use domain::{EventKind, Reason};

use crate::cells::Place;
use crate::fault::{Checked, ensure};
use crate::rows::EventRow;
use crate::town::SEAT_HOLD_SECONDS;

/// Stands in place of a ticket where a hold or a block keeps a leg.
pub(crate) const HELD: u128 = u128::MAX;
pub(crate) const BLOCKED: u128 = u128::MAX - 1;

/// The holder of an event without a ticket.
pub(crate) fn keeper(reason: Reason) -> u128 {
    if matches!(reason, Reason::Blocked | Reason::Unblocked) { BLOCKED } else { HELD }
}

/// Whether it is a ticket.
pub(crate) fn is_ticket(id: u128) -> bool {
    id != HELD && id != BLOCKED
}

/// The places that are kept, and since when, by route.
#[derive(Debug, Default)]
pub(crate) struct Kept(BTreeMap<(usize, Place), (u128, i64)>);

impl Kept {
    /// Notes an event without a ticket. Returns whether it takes or frees the legs.
    pub(crate) fn note(&mut self, event: &EventRow) -> Checked<bool> {
        let key = (event.route, event.place);
        let takes = match (event.kind, event.reason) {
            (EventKind::Reserved, Reason::Held) | (EventKind::Confirmed, Reason::Blocked) => true,
            (EventKind::Available, Reason::Released | Reason::Expired | Reason::Unblocked) => false,
            _ => return Err(crate::fault::Fault("without a ticket".to_owned())),
        };
        if takes {
            let kept = self.0.insert(key, (event.ticket, event.at));
            ensure(kept.is_none(), || "kept twice".to_owned())?;
            return Ok(true);
        }
        let kept = self.0.remove(&key);
        let its_own = kept.filter(|(keeper, _)| *keeper == event.ticket);
        ensure(its_own.is_some(), || format!("it ends what is kept as {kept:?}"))?;
        let since = its_own.map_or(0, |(_, since)| since);
        let due_at = since + i64::from(SEAT_HOLD_SECONDS) * 1_000;
        ensure(event.reason != Reason::Expired || event.at >= due_at, || {
            format!("ended before {due_at}")
        })?;
        Ok(false)
    }

    /// A hold becomes a booking, which takes this place of it as it is.
    pub(crate) fn book(&mut self, event: &EventRow) -> Checked {
        let kept = self.0.remove(&(event.route, event.place));
        let is_hold = kept.is_some_and(|(keeper, _)| keeper == HELD);
        ensure(is_hold, || format!("it takes a part of what is kept as {kept:?}"))
    }

    /// Whether a hold is live.
    pub(crate) fn has_holds(&self) -> bool {
        self.0.values().any(|(keeper, _)| *keeper == HELD)
    }
}

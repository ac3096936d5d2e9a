//! What is kept for some time and then deleted: the events that viewers resume from, and the audit.
//!
//! Invariant: the oldest are deleted first, so the rest is the end of what there was. In the chain
//! of groups, the last deleted group leaves its link, which the next one continues; a group has all
//! of its events or no link. Of each route the newest event stays, because it shows how far the
//! route is; of the audit the newest row stays, because it shows a clock that jumps.

use std::collections::BTreeMap;

use domain::{Ordinal, RouteId, RoutePlace};
use jiff::Timestamp;

use crate::GroupNumber;

/// The most groups deleted in one step: a sale waits for no more.
pub const PRUNED_GROUPS_AT_ONCE: usize = 64;

/// The most rows of the audit deleted in one step.
pub const PRUNED_ROWS_AT_ONCE: usize = 256;

/// What is to be deleted. The answer is the number of deleted rows; 0: there is nothing older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PruneWrite {
    /// Groups whose events happened before this, oldest first, up to the first group whose events
    /// did not.
    Events {
        /// Not including this moment.
        before: Timestamp,
    },
    /// Rows of the audit, oldest first.
    Audit {
        /// As in [`PruneWrite::Events`].
        before: Timestamp,
    },
}

/// A link of the chain, and when its group was committed, or its newest event happened.
#[derive(Clone, Copy, Debug)]
pub struct LinkAge {
    /// Its number.
    pub number: GroupNumber,
    /// Its last place.
    pub last_place: u64,
    /// As it is stored.
    pub at: Timestamp,
}

/// A piece of the chain that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldGroups {
    /// Its link stays, its events are deleted.
    pub last: GroupNumber,
    /// Events are deleted after this place,
    pub after_place: u64,
    /// up to this one.
    pub last_place: u64,
}

/// How many links a driver reads from the chain's beginning: one that the step before left, those
/// that may be deleted, and one that stays at any age.
pub const LINKS_READ: usize = PRUNED_GROUPS_AT_ONCE + 2;

impl OldGroups {
    /// Those that are deleted, of the first [`LINKS_READ`] links.
    pub fn of(links: &[LinkAge], before: Timestamp) -> Option<Self> {
        // The newest group stays whole: the next one continues it, and nodes read it.
        let [begin, between @ .., _] = links else { return None };
        let is_old = |link: &&LinkAge| link.at < before;
        let last = between.iter().take_while(is_old).last()?;
        Some(Self { last: last.number, after_place: begin.last_place, last_place: last.last_place })
    }
}

/// Up to which event each route's events are deleted: those of a piece of the chain, and those that
/// an earlier step has left of the same route. `heads`: of the routes that exist; of a deleted
/// route nothing stays.
pub fn gone_up_to(
    events: impl IntoIterator<Item = (RouteId, Ordinal)>,
    heads: &BTreeMap<RouteId, RoutePlace>,
) -> Vec<(RouteId, Ordinal)> {
    let mut last: BTreeMap<RouteId, Ordinal> = BTreeMap::new();
    for (route_id, ordinal) in events {
        let known = last.entry(route_id).or_insert(ordinal);
        *known = ordinal.max(*known);
    }
    let before_head = |(route_id, ordinal): (RouteId, Ordinal)| {
        let newest = heads.get(&route_id).map_or(u64::MAX, |head| head.ordinal.get());
        (route_id, Ordinal::new(ordinal.get().min(newest.saturating_sub(1))))
    };
    last.into_iter().map(before_head).collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn link(number: u64, second: i64) -> LinkAge {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second);
        LinkAge { number: GroupNumber::new(number), last_place: number * 10, at }
    }

    #[test]
    fn the_oldest_go_and_the_newest_group_stays() {
        let before = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(5);
        let gone = |links: &[LinkAge]| {
            let old = OldGroups::of(links, before);
            old.map(|old| (old.last.get(), old.after_place, old.last_place))
        };
        assert_eq!(gone(&[]), None);
        assert_eq!(gone(&[link(0, 0), link(1, 1)]), None, "the newest");
        let old = [link(0, 0), link(1, 1), link(2, 2), link(3, 3)];
        assert_eq!(gone(&old), Some((2, 0, 20)));
        let some = [link(4, 2), link(5, 4), link(6, 5), link(7, 6)];
        assert_eq!(gone(&some), Some((5, 40, 50)));
        // A clock was ahead for a while: the groups after that one wait for it.
        let ahead = [link(0, 0), link(1, 9), link(2, 1), link(3, 1)];
        assert_eq!(gone(&ahead), None);
    }

    #[test]
    fn a_routes_newest_event_stays() {
        let route = |number: u128| RouteId::from(uuid::Uuid::from_u128(number));
        let at = |ordinal: u64| RoutePlace { ordinal: Ordinal::new(ordinal), ..RoutePlace::START };
        let heads = BTreeMap::from([(route(1), at(3)), (route(2), at(9)), (route(4), at(1))]);
        let events = [(1, 2), (1, 3), (2, 4), (2, 5), (3, 7), (4, 1)];
        let events = events.map(|(of, ordinal)| (route(of), Ordinal::new(ordinal)));
        let gone = [(1, 2), (2, 5), (3, 7), (4, 0)];
        let gone = gone.map(|(of, ordinal)| (route(of), Ordinal::new(ordinal)));
        assert_eq!(gone_up_to(events, &heads), gone);
    }
}

//! The chain of groups, read and checked.

use domain::RouteEvent;

use crate::{CommittedGroup, GROUPS_READ_MAX, GroupHead, GroupNumber, Store};

/// Every group that a store has, from the beginning of its chain.
pub async fn read_all(store: &dyn Store) -> Vec<CommittedGroup> {
    let mut groups: Vec<CommittedGroup> = Vec::new();
    loop {
        let after = groups.last().map_or(GroupNumber::START, |group| group.number);
        let page = store.groups(after, GROUPS_READ_MAX).await.unwrap();
        if page.is_empty() {
            return groups;
        }
        groups.extend(page);
    }
}

/// Each group continues the one before, on the next places; each id is its own.
pub fn check(groups: &[CommittedGroup], newest: GroupHead) {
    check_behind(GroupHead::default(), groups, newest);
}

/// The same of a chain whose oldest groups have gone.
pub fn check_the_end(groups: &[CommittedGroup], newest: GroupHead) {
    let first = groups.first().expect("the newest group stays");
    let number = GroupNumber::new(first.number.get() - 1);
    let gone = GroupHead { number, id: first.id_before, last_place: first.place_before };
    check_behind(gone, groups, newest);
}

fn check_behind(mut held: GroupHead, groups: &[CommittedGroup], newest: GroupHead) {
    for group in groups {
        assert!(group.continues(&held), "{group:?} continues {held:?}");
        check_places(group);
        held = group.head();
    }
    assert_eq!(held, newest, "the newest group ends the chain");
    let mut ids: Vec<_> = groups.iter().map(|group| group.id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), groups.len(), "no id is given twice");
}

/// A group's events stand on all of its places, in their order.
pub fn check_places(group: &CommittedGroup) {
    let places: Vec<u64> = group.events.iter().map(RouteEvent::position).collect();
    let own: Vec<u64> = (group.place_before + 1..=group.last_place).collect();
    assert_eq!(places, own, "a group's events stand on its places");
}

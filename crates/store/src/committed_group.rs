//! A committed group as it is known outside the database: its link in the chain of groups, and its
//! events.
//!
//! Every place in the order of commits belongs to one group, and places have no hole; every group
//! has a random id and the id of the one before. So a reader that holds a group can see whether
//! another one continues it, by any way that it comes. After a failover, places are given out again
//! with other contents, and only the ids show the difference.

use std::fmt;

use domain::RouteEvent;

use crate::metrics::KnownAt;

/// The most groups that are read at once.
pub const GROUPS_READ_MAX: usize = 64;

/// A group's number in the chain: 1, 2, 3, … without a hole; 0 is the beginning of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupNumber(u64);

impl GroupNumber {
    /// Before the first group.
    pub const START: Self = Self(0);

    /// The group with this number, counted from 1; 0 stands before the first.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The group that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for GroupNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Drawn for every group; all zero bytes at the beginning of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GroupId(pub [u8; 16]);

/// The end of a chain: the next group has to continue it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupHead {
    /// Its number.
    pub number: GroupNumber,
    /// Its id.
    pub id: GroupId,
    /// The place of the newest event up to here; 0 before the first.
    pub last_place: u64,
}

/// One committed group, whole.
///
/// A group without events takes no place. Whether it has a link at all, the driver decides: one
/// that must find its groups again (an unknown commit, the time of the group before) gives it one.
/// A group with a link is sent, with or without events: else a listener would see the next group as
/// one that does not continue the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedGroup {
    /// Its number.
    pub number: GroupNumber,
    /// Its id, drawn for it.
    pub id: GroupId,
    /// The id of the group that it continues.
    pub id_before: GroupId,
    /// The place of the newest event before this group.
    pub place_before: u64,
    /// The place of its own newest event; without events, that before it.
    pub last_place: u64,
    /// By their places: `place_before + 1 ..= last_place`.
    pub events: Vec<RouteEvent>,
    /// When this process learned of it; the driver that makes it does not know.
    pub known_at: KnownAt,
}

impl CommittedGroup {
    /// The group that comes directly after another one.
    ///
    /// # Panics
    /// When the events do not stand on the next places: they were given out under the same lock as
    /// the group itself, and a hole would make every reader wait for an event that does not exist.
    pub fn behind(before: &GroupHead, id: GroupId, events: Vec<RouteEvent>) -> Self {
        let place_before = before.last_place;
        let mut last_place = place_before;
        for event in &events {
            last_place += 1;
            assert_eq!(event.position(), last_place, "a group takes the next places: {event:?}");
        }
        let number = before.number.next();
        let (id_before, known_at) = (before.id, KnownAt::default());
        Self { number, id, id_before, place_before, last_place, events, known_at }
    }

    /// This group as what the next one continues.
    pub fn head(&self) -> GroupHead {
        GroupHead { number: self.number, id: self.id, last_place: self.last_place }
    }

    /// Whether it comes directly after the group that is held.
    pub fn continues(&self, held: &GroupHead) -> bool {
        self.number == held.number.next()
            && self.id_before == held.id
            && self.place_before == held.last_place
    }
}

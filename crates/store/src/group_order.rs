//! The queue in front of the viewers: committed groups, put into the order of their chain, by any
//! way that they come.
//!
//! Messages of other processes may be repeated, reordered and lost, and after a failover they may
//! be about groups that no longer exist. Invariant: every group is released once, each continues
//! the one before, and no group is released before its predecessor is known. Only the database can
//! say that the chain broke: a message is believed if it continues the chain, and is else a reason
//! to ask.
//!
//! Plain data: it never waits and reads no clock. It knows no viewer and no room; its end is how
//! far its readers may be.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{CommittedGroup, GroupHead, GroupNumber};

/// Groups that may wait for one before them. Groups beyond that are dropped, and read again later.
pub const GROUPS_AHEAD_MAX: usize = 256;

/// How long a hole may stay open before the database is asked.
pub const HOLE_WAITS_MILLIS: u64 = 20;

/// After this long without news the database is asked for its newest group.
pub const SILENCE_MILLIS: u64 = 250;

/// A node that is further behind begins anew: to read that much would take longer.
pub const BEHIND_PLACES_MAX: u64 = 10_000;

const HOLE_WAITS: Duration = Duration::from_millis(HOLE_WAITS_MILLIS);
const SILENCE: Duration = Duration::from_millis(SILENCE_MILLIS);

/// Why the queue cannot go on: its readers have to begin anew at the newest group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The database has another group where this one was released: it went back, and went on.
    #[error("the chain of groups broke behind group {held}")]
    Broken {
        /// The number of the last group that was released.
        held: GroupNumber,
    },
    /// More places are missing than may be read, or some that are not kept any longer.
    #[error("{places} places behind the newest group")]
    TooFarBehind {
        /// How many.
        places: u64,
    },
}

/// What the database is to be asked. There is one question at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The newest group, for [`GroupOrder::newest`].
    Newest,
    /// Those behind this one, for [`GroupOrder::groups`].
    Groups {
        /// The last group that is held.
        after: GroupNumber,
    },
}

/// Times are durations since one moment that the caller has chosen.
#[derive(Debug)]
pub struct GroupOrder {
    held: GroupHead,
    ahead: BTreeMap<GroupNumber, CommittedGroup>,
    /// The newest group that any message was about.
    told_of: GroupNumber,
    /// When the database is to be asked for what is missing.
    repair_at: Option<Duration>,
    /// When to ask for news; never, if no other process commits.
    look_at: Option<Duration>,
    follows_others: bool,
    /// What was held when the database was asked, until it answers.
    asked_behind: Option<GroupHead>,
}

impl GroupOrder {
    /// Begins after a group. `follows_others`: whether other processes may commit groups without a
    /// message here.
    pub fn behind(held: GroupHead, follows_others: bool) -> Self {
        Self {
            held,
            ahead: BTreeMap::new(),
            told_of: held.number,
            repair_at: None,
            look_at: follows_others.then_some(Duration::ZERO),
            follows_others,
            asked_behind: None,
        }
    }

    /// Whether a group waits for an earlier one.
    pub fn has_hole(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// The newest group that was released: everything up to its last place was.
    pub fn end(&self) -> GroupHead {
        self.held
    }

    /// Takes a group from a message, in any order and any number of times. The next one of the
    /// chain is released at once, and those that waited for it follow.
    pub fn take(
        &mut self,
        group: CommittedGroup,
        now: Duration,
        release: &mut impl FnMut(CommittedGroup),
    ) {
        if group.continues(&self.held) {
            self.release(group, now, release);
            self.settle(now, release);
        } else if group.number > self.held.number.next() {
            self.told_of = self.told_of.max(group.number);
            self.ahead.insert(group.number, group);
            if self.ahead.len() > GROUPS_AHEAD_MAX {
                // The lowest numbers are kept: they are needed first.
                self.ahead.pop_last();
            }
            self.repair_by(now + HOLE_WAITS);
        } else if group.number == self.held.number.next() || self.contradicts(&group) {
            // It belongs to another history than the group that is held. The database says which of
            // the two it has.
            self.look_by(now);
            self.repair_by(now);
        }
    }

    /// Takes a message that has a group's number alone.
    pub fn hint(&mut self, number: GroupNumber, now: Duration) {
        if number > self.held.number {
            self.told_of = self.told_of.max(number);
            self.repair_by(now);
        }
    }

    /// A message may have been lost: the database is asked now.
    pub fn look(&mut self, now: Duration) {
        self.look_by(now);
    }

    /// What to ask the database now, if anything. The answer goes to [`GroupOrder::newest`] or
    /// [`GroupOrder::groups`], no answer to [`GroupOrder::unanswered`].
    pub fn ask(&mut self, now: Duration) -> Option<Ask> {
        let is_due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
        let ask = match self.asked_behind {
            Some(_) => return None,
            // This comes before `Newest`: else a caller that asks seldom would never get on.
            None if is_due(self.repair_at) => Ask::Groups { after: self.held.number },
            None if is_due(self.look_at) => Ask::Newest,
            None => return None,
        };
        self.asked_behind = Some(self.held);
        Some(ask)
    }

    /// When [`GroupOrder::ask`] has something to say, if nothing comes earlier.
    pub fn wakes_at(&self) -> Option<Duration> {
        let due = [self.look_at, self.repair_at].into_iter().flatten().min();
        due.filter(|_| self.asked_behind.is_none())
    }

    /// The database's newest group.
    pub fn newest(&mut self, newest: GroupHead, now: Duration) -> Result<(), OrderError> {
        // A group released while the database answered does not contradict its answer.
        let held = self.asked_behind.take().unwrap_or(self.held);
        self.heard(now);
        if newest.number < held.number || (newest.number == held.number && newest != held) {
            return Err(OrderError::Broken { held: held.number });
        }
        let places = newest.last_place.saturating_sub(self.held.last_place);
        if places > BEHIND_PLACES_MAX {
            return Err(OrderError::TooFarBehind { places });
        }
        if newest.number > self.held.number {
            // Its message may be on the way.
            self.told_of = self.told_of.max(newest.number);
            self.repair_by(now + HOLE_WAITS);
        }
        Ok(())
    }

    /// The database's groups behind the one that was asked about.
    pub fn groups(
        &mut self,
        groups: Vec<CommittedGroup>,
        now: Duration,
        release: &mut impl FnMut(CommittedGroup),
    ) -> Result<(), OrderError> {
        self.asked_behind = None;
        let is_the_end = groups.is_empty();
        for group in groups {
            // It came in a message meanwhile.
            if group.number <= self.held.number {
                continue;
            }
            if group.number > self.held.number.next() {
                // Those between are not kept any longer: this process stood still for days. Whether
                // it is the same history, the epoch says when its readers begin anew.
                let places = group.place_before.saturating_sub(self.held.last_place);
                return Err(OrderError::TooFarBehind { places });
            }
            if !group.continues(&self.held) {
                return Err(OrderError::Broken { held: self.held.number });
            }
            self.release(group, now, release);
        }
        if is_the_end && self.told_of > self.held.number {
            // The groups beyond are in messages only, not in the database: they were lost with
            // another server. Unless they came while the database answered, so the database is
            // asked again.
            self.ahead.clear();
            self.told_of = self.held.number;
            self.look_by(now + HOLE_WAITS);
        }
        self.settle(now, release);
        if self.told_of > self.held.number {
            self.repair_by(now);
        }
        Ok(())
    }

    /// The database did not answer.
    pub fn unanswered(&mut self, now: Duration) {
        self.asked_behind = None;
        let again = now + SILENCE;
        self.repair_at = self.repair_at.map(|_| again);
        self.look_at = self.look_at.map(|_| again);
    }

    fn release(
        &mut self,
        group: CommittedGroup,
        now: Duration,
        release: &mut impl FnMut(CommittedGroup),
    ) {
        self.held = group.head();
        self.told_of = self.told_of.max(group.number);
        self.heard(now);
        release(group);
    }

    /// Releases what waited, and sets again how long a hole may wait.
    fn settle(&mut self, now: Duration, release: &mut impl FnMut(CommittedGroup)) {
        while let Some(first) = self.ahead.first_entry() {
            if *first.key() > self.held.number.next() {
                break;
            }
            let group = first.remove();
            if group.continues(&self.held) {
                self.release(group, now, release);
            }
        }
        let has_hole = self.told_of > self.held.number;
        self.repair_at = has_hole.then_some(now + HOLE_WAITS);
    }

    /// Whether a group from a message and the one held cannot be of one chain.
    fn contradicts(&self, group: &CommittedGroup) -> bool {
        group.number == self.held.number && group.id != self.held.id
    }

    fn heard(&mut self, now: Duration) {
        self.look_at = self.follows_others.then_some(now + SILENCE);
    }

    fn repair_by(&mut self, at: Duration) {
        self.repair_at = Some(self.repair_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// Also where no other process commits: a message came that cannot be right.
    fn look_by(&mut self, at: Duration) {
        self.look_at = Some(self.look_at.map_or(at, |earlier| earlier.min(at)));
    }
}

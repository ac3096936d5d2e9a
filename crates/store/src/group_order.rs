//! The row in front of the viewers: committed groups, put into the order of their chain, whatever way
//! they came.
//!
//! What other processes tell may be repeated, reordered and lost, and after a failover it may tell of
//! groups that no longer exist. Invariant: every group is released once, each continues the one
//! before, and nothing is released that the one before is not known of. Only the database says that
//! the chain broke: what a message says is believed if it continues the chain, and is else a reason
//! to ask.
//!
//! Plain data: it never waits and reads no clock. It knows no viewer and no room; its end is how far
//! whoever stands behind it may be.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{CommittedGroup, GroupHead, GroupNumber};

/// Groups that may wait for one before them. What is beyond is dropped, and read again later.
pub const GROUPS_AHEAD_MAX: usize = 256;

/// How long a hole may close by itself before the database is asked.
pub const HOLE_WAITS_MILLIS: u64 = 20;

/// After so long without news the newest group is looked at.
pub const SILENCE_MILLIS: u64 = 250;

/// Whoever is further behind begins anew: to read that much would take longer.
pub const BEHIND_PLACES_MAX: u64 = 10_000;

const HOLE_WAITS: Duration = Duration::from_millis(HOLE_WAITS_MILLIS);
const SILENCE: Duration = Duration::from_millis(SILENCE_MILLIS);

/// Why the row cannot go on: whoever stands behind it has to begin anew at the newest group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The database has another group where this one was released: it went back, and went on.
    #[error("the chain of groups broke behind group {held}")]
    Broken {
        /// The number of the last group that was released.
        held: GroupNumber,
    },
    /// More than may be made up for.
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

/// Times are durations since one moment that whoever calls has chosen.
#[derive(Debug)]
pub struct GroupOrder {
    held: GroupHead,
    ahead: BTreeMap<GroupNumber, CommittedGroup>,
    /// The newest group that anybody has told of.
    told_of: GroupNumber,
    /// When the database is to be asked for what is missing.
    repair_at: Option<Duration>,
    /// When it is to be looked for news; never, if nobody else commits.
    look_at: Option<Duration>,
    follows_others: bool,
    /// What was held when the database was asked, until it answers.
    asked_behind: Option<GroupHead>,
}

impl GroupOrder {
    /// Begins behind a group. `follows_others`: whether groups may come of which nobody tells here.
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

    /// Whether a group waits for one before it.
    pub fn has_hole(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// The newest group that was released: everything up to its last place was.
    pub fn end(&self) -> GroupHead {
        self.held
    }

    /// Takes a group that somebody tells of, in any order and any number of times. The next one of
    /// the chain passes straight through, and those that waited for it follow.
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
                // The next ones are kept: they are needed first.
                self.ahead.pop_last();
            }
            self.repair_by(now + HOLE_WAITS);
        } else if group.number == self.held.number.next() || self.contradicts(&group) {
            // Of another history than what is held. Which of the two the database has, it says.
            self.look_by(now);
            self.repair_by(now);
        }
    }

    /// Somebody tells of a group by its number alone.
    pub fn hint(&mut self, number: GroupNumber, now: Duration) {
        if number > self.held.number {
            self.told_of = self.told_of.max(number);
            self.repair_by(now);
        }
    }

    /// Something may have been told that was not heard: the database is looked at now.
    pub fn look(&mut self, now: Duration) {
        self.look_by(now);
    }

    /// What to ask the database now, if anything. The answer goes to [`GroupOrder::newest`] or
    /// [`GroupOrder::groups`], no answer to [`GroupOrder::unanswered`].
    pub fn ask(&mut self, now: Duration) -> Option<Ask> {
        let is_due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
        let ask = match self.asked_behind {
            Some(_) => return None,
            // Before a look: whoever asks seldom would never come further.
            None if is_due(self.repair_at) => Ask::Groups { after: self.held.number },
            None if is_due(self.look_at) => Ask::Newest,
            None => return None,
        };
        self.asked_behind = Some(self.held);
        Some(ask)
    }

    /// When [`GroupOrder::ask`] has something to say, if nothing comes before.
    pub fn wakes_at(&self) -> Option<Duration> {
        let due = [self.look_at, self.repair_at].into_iter().flatten().min();
        due.filter(|_| self.asked_behind.is_none())
    }

    /// The database's newest group.
    pub fn newest(&mut self, newest: GroupHead, now: Duration) -> Result<(), OrderError> {
        // What was released while the database answered says nothing against its answer.
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
            // Told of meanwhile.
            if group.number <= self.held.number {
                continue;
            }
            if !group.continues(&self.held) {
                return Err(OrderError::Broken { held: self.held.number });
            }
            self.release(group, now, release);
        }
        if is_the_end && self.told_of > self.held.number {
            // Whoever told of more told of what is not there: it was lost with another server. Unless
            // it came while the database answered, so that is looked at once more.
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

    /// Releases what waited, and says anew how long a hole may wait.
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

    /// Whether a group that was told of cannot stand where the one held stands.
    fn contradicts(&self, group: &CommittedGroup) -> bool {
        group.number == self.held.number && group.id != self.held.id
    }

    fn heard(&mut self, now: Duration) {
        self.look_at = self.follows_others.then_some(now + SILENCE);
    }

    fn repair_by(&mut self, at: Duration) {
        self.repair_at = Some(self.repair_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// Also where nobody else commits: something was told that cannot be.
    fn look_by(&mut self, at: Duration) {
        self.look_at = Some(self.look_at.map_or(at, |earlier| earlier.min(at)));
    }
}

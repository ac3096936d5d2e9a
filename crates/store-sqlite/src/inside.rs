//! The writer's transaction, as the work of a group sees it.

use domain::audit::Audited;
use domain::{RouteEvent, UserId};
use store::WorkingSet;

use crate::db::Db;
use crate::known_users::KnownUsers;

/// The database inside the writer's transaction, and what is collected there.
#[derive(Debug)]
pub(crate) struct Inside<'a> {
    pub(crate) connection: &'a Db,
    /// The facts of the commands, and their changes that are still to be written.
    pub(crate) set: &'a mut WorkingSet,
    pub(crate) users: &'a KnownUsers,
    /// The place of the newest event before this group.
    pub(crate) place_before: u64,
    /// Events of the jobs so far, in the order in which they are committed.
    pub(crate) events: Vec<RouteEvent>,
    /// Accounts that the jobs have changed: forgotten when the result of the group is known.
    pub(crate) changed_users: Vec<UserId>,
    /// The audit's rows of the job so far, for the case that it is not refused.
    pub(crate) audited: Vec<Audited>,
    /// Only for tests: takes the check in memory away.
    pub(crate) ignores_legs: &'a mut bool,
}

impl Inside<'_> {
    /// Takes back all but the first events of the group: the later ones are undone, and the next
    /// event takes their place. No decision may be unwritten at this point.
    pub(crate) fn untell(&mut self, told: usize) {
        self.events.truncate(told);
        self.set.facts().set_last_position(self.place_before + self.events.len() as u64);
    }
}

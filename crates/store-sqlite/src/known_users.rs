//! Accounts that were read lately, so that a request with a token need not read its own again.
//!
//! Invariant: an account is never answered in a state from before a change that was already
//! answered. The writer forgets what a group has changed, after its commit and before its answers.
//! The count of changes shows what another process has changed (`seatwire admin` beside a server),
//! when the store is asked to look. It never keeps that there is *no* such account: it may be made
//! at any moment.

use std::collections::HashMap;
use std::sync::Arc;

use domain::UserId;
use parking_lot::RwLock;
use store::AccountState;

/// Accounts kept; one more makes room by forgetting any other. At some 350 bytes each, and 16
/// for each token that was ended.
const USERS_KNOWN_MAX: usize = 4_096;

#[derive(Clone, Debug, Default)]
pub(crate) struct KnownUsers(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    users: HashMap<UserId, Arc<AccountState>>,
    generation: Generation,
    /// How many changes of accounts the database had counted at the last look.
    changes: Option<i64>,
}

/// Moves on whenever something is forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Generation(u64);

impl KnownUsers {
    pub(crate) fn get(&self, id: UserId) -> Option<Arc<AccountState>> {
        self.0.read().users.get(&id).cloned()
    }

    pub(crate) fn generation(&self) -> Generation {
        self.0.read().generation
    }

    /// Keeps an account that was read outside of a writing transaction. `generation` is from before
    /// the read: if something was forgotten since then, it may be this account, and then the old
    /// state would stay for ever.
    pub(crate) fn keep(&self, account: Arc<AccountState>, generation: Generation) {
        let mut known = self.0.write();
        if known.generation != generation {
            return;
        }
        if known.users.len() >= USERS_KNOWN_MAX
            && let Some(any) = known.users.keys().next().copied()
        {
            known.users.remove(&any);
        }
        known.users.insert(account.user.id, account);
    }

    /// These were changed, and the change is committed.
    pub(crate) fn forget(&self, changed: &[UserId]) {
        if changed.is_empty() {
            return;
        }
        let mut known = self.0.write();
        known.generation.0 += 1;
        for id in changed {
            known.users.remove(id);
        }
    }

    /// Notes how many changes the database counts now. The count does not show which accounts, so
    /// all are forgotten; this process's own changes count too, which costs one more read.
    pub(crate) fn note_changes(&self, changes: i64) {
        let mut known = self.0.write();
        if known.changes.replace(changes) != Some(changes) {
            known.generation.0 += 1;
            known.users.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Origin, Role, TokenGeneration, User};
    use jiff::Timestamp;

    fn user(number: usize) -> Arc<AccountState> {
        let user = User {
            id: id(number),
            email: format!("{number}@b.cd"),
            first_name: "A".to_owned(),
            last_name: "B".to_owned(),
            phone: None,
            role: Role::Customer,
            disabled_at: None,
            is_demo: false,
            origin: Origin::Own,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        };
        let (generation, revoked) = (TokenGeneration::default(), Vec::new());
        Arc::new(AccountState { user, generation, spared: None, revoked })
    }

    fn id(number: usize) -> UserId {
        UserId(uuid::Uuid::from_u128(number as u128))
    }

    #[test]
    fn however_many_come_the_last_is_known_and_the_number_is_bounded() {
        let known = KnownUsers::default();
        for number in 0..USERS_KNOWN_MAX + 10 {
            known.keep(user(number), known.generation());
            assert_eq!(known.get(id(number)), Some(user(number)));
        }
        assert_eq!(known.0.read().users.len(), USERS_KNOWN_MAX);
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let known = KnownUsers::default();
        let before = known.generation();
        known.forget(&[id(1)]);
        known.keep(user(1), before);
        assert_eq!(known.get(id(1)), None);
        known.keep(user(1), known.generation());
        assert!(known.get(id(1)).is_some(), "the control");
    }

    #[test]
    fn changes_of_another_process_forget_everybody_once() {
        let known = KnownUsers::default();
        known.note_changes(7);
        known.keep(user(1), known.generation());
        known.note_changes(7);
        assert!(known.get(id(1)).is_some());
        known.note_changes(8);
        assert_eq!(known.get(id(1)), None);
    }
}

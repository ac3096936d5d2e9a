//! Accounts that were read lately, so that a request with a token need not read its own again.
//!
//! An account is written once and never changes or goes: there is no command that does, and one
//! process has the file to itself (the lock beside it). Whoever adds such a command has to make it
//! forget here, inside the writer's turn, before it is answered. That there is *no* such account is
//! never remembered: it may be made at any moment.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{User, UserId};
use parking_lot::RwLock;

/// Accounts kept; one more makes room by forgetting any other. At some 300 bytes each.
const USERS_KNOWN_MAX: usize = 4_096;

#[derive(Clone, Debug, Default)]
pub(crate) struct KnownUsers(Arc<RwLock<HashMap<UserId, Arc<User>>>>);

impl KnownUsers {
    pub(crate) fn get(&self, id: UserId) -> Option<Arc<User>> {
        self.0.read().get(&id).cloned()
    }

    /// Remembers an account that was read outside of a transaction that writes.
    pub(crate) fn keep(&self, user: User) -> Arc<User> {
        let user = Arc::new(user);
        let mut known = self.0.write();
        if known.len() >= USERS_KNOWN_MAX
            && let Some(any) = known.keys().next().copied()
        {
            known.remove(&any);
        }
        known.insert(user.id, Arc::clone(&user));
        user
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Role;
    use jiff::Timestamp;

    fn user(number: usize) -> User {
        User {
            id: id(number),
            email: format!("{number}@b.cd"),
            first_name: "A".to_owned(),
            last_name: "B".to_owned(),
            phone: None,
            role: Role::Customer,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn id(number: usize) -> UserId {
        UserId(uuid::Uuid::from_u128(number as u128))
    }

    #[test]
    fn however_many_come_the_last_is_known_and_the_number_is_bounded() {
        let known = KnownUsers::default();
        for number in 0..USERS_KNOWN_MAX + 10 {
            known.keep(user(number));
            assert_eq!(known.get(id(number)).as_deref(), Some(&user(number)));
        }
        assert_eq!(known.0.read().len(), USERS_KNOWN_MAX);
    }
}

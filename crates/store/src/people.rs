//! The part of the port that knows who can log in.

use std::sync::Arc;

use async_trait::async_trait;
use domain::passenger::Phone;
use domain::{Origin, Refusal, Role, User, UserId};
use jiff::Timestamp;

use crate::error::Query;
use crate::{
    AccountChange, AccountState, Credentials, Page, Paged, SecondFactor, TokenDigest, TokenUse,
    UserFilter, WaitingLetters,
};

/// Accounts that are found by one phone number, at the most.
pub const ACCOUNTS_BY_PHONE_MAX: usize = 50;

/// Accounts, as they are read.
#[async_trait]
pub trait People: Send + Sync + 'static {
    /// `None` for one that was deleted.
    async fn user(&self, id: UserId) -> Query<Option<User>>;
    /// The same, and which of its tokens are good.
    async fn account(&self, id: UserId) -> Query<Option<Arc<AccountState>>>;
    /// By e-mail address; without those that were deleted.
    async fn users(&self, filter: UserFilter, page: Page) -> Query<Paged<User>>;
    /// Accounts that have this phone number, by e-mail address, at most [`ACCOUNTS_BY_PHONE_MAX`]:
    /// any account may give any number. Without those that were deleted.
    async fn users_with_phone(&self, phone: Phone) -> Query<Vec<User>>;
    /// Looks whether another process has changed an account. After this has returned, the answers
    /// of [`People::user`] and [`People::account`] are as new as this call; a change of this
    /// process itself is seen at once.
    async fn look_for_changed_accounts(&self) -> Query<()>;
    /// The account whose token came in a letter, while the token may be used.
    async fn mail_token_holder(
        &self,
        used_for: TokenUse,
        digest: TokenDigest,
        now: Timestamp,
    ) -> Query<Option<User>>;
    /// The second factor of an account, if it has one.
    async fn second_factor(&self, id: UserId) -> Query<Option<SecondFactor>>;
    /// Whether a letter is to be sent.
    async fn letters_are_due(&self, now: Timestamp) -> Query<bool>;
    /// What is not sent yet, due or not.
    async fn waiting_letters(&self) -> Query<WaitingLetters>;
    /// By an e-mail address in its own spelling; of a deleted account none.
    async fn credentials(&self, email: &str) -> Query<Option<Credentials>>;
}

/// Refuses what is not for an account of this origin.
pub fn fits_origin(known: &User, change: &AccountChange) -> Result<(), Refusal> {
    match (known.origin, change) {
        (Origin::Provider, AccountChange::Edit { role: Some(role), .. }) if *role != known.role => {
            Err(Refusal::ProviderDecides)
        }
        (Origin::Provider, AccountChange::Password { .. } | AccountChange::RevokeAll) => {
            Err(Refusal::ProviderDecides)
        }
        (Origin::Own, AccountChange::RoleByProvider(_)) => Err(Refusal::AccountNotFound),
        _ => Ok(()),
    }
}

/// An account as a change of its fields leaves it; its version is not moved yet.
pub fn edited(known: &User, change: &AccountChange, now: Timestamp) -> User {
    let (role, is_disabled) = match change {
        AccountChange::Edit { role, is_disabled } => (*role, *is_disabled),
        AccountChange::RoleByProvider(role) => (Some(*role), None),
        _ => (None, None),
    };
    let disabled_at = match is_disabled {
        None => known.disabled_at,
        Some(true) => known.disabled_at.or(Some(now)),
        Some(false) => None,
    };
    User { role: role.unwrap_or(known.role), disabled_at, ..known.clone() }
}

/// Whether a change takes the administrator's role from an account that has it and can log in;
/// `None`: the account ends.
pub fn ends_administrator(before: &User, after: Option<&User>) -> bool {
    let can_administer = |user: &User| user.role == Role::Admin && user.disabled_at.is_none();
    can_administer(before) && !after.is_some_and(can_administer)
}

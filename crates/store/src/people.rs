//! The part of the port that knows who can log in.

use async_trait::async_trait;
use domain::{User, UserId};
use jiff::Timestamp;

use crate::{AccountChange, Command, Credentials, Page, Paged, Query, UserFilter};

#[async_trait]
pub trait People: Send + Sync + 'static {
    async fn create_user(&self, user: User, password_hash: String) -> Command<User>;
    async fn user(&self, id: UserId) -> Query<Option<User>>;
    /// By e-mail address.
    async fn users(&self, filter: UserFilter, page: Page) -> Query<Paged<User>>;
    /// Queries that are asked after this was answered see the change. The last administrator who
    /// can log in cannot be disabled.
    async fn change_account(
        &self,
        id: UserId,
        change: AccountChange,
        now: Timestamp,
    ) -> Command<User>;
    /// Looks whether another process has changed an account. What [`People::user`] answers after
    /// this has returned is as new as this call; a change of this process itself is seen at once.
    async fn look_for_changed_accounts(&self) -> Query<()>;
    async fn credentials(&self, email: &str) -> Query<Option<Credentials>>;
}

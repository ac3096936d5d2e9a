//! The part of the port that knows who can log in.

use async_trait::async_trait;
use domain::{User, UserId};

use crate::{Credentials, Page, Paged, Query, UserFilter};

#[async_trait]
pub trait People: Send + Sync + 'static {
    async fn user(&self, id: UserId) -> Query<Option<User>>;
    /// By e-mail address.
    async fn users(&self, filter: UserFilter, page: Page) -> Query<Paged<User>>;
    /// Looks whether another process has changed an account. What [`People::user`] answers after
    /// this has returned is as new as this call; a change of this process itself is seen at once.
    async fn look_for_changed_accounts(&self) -> Query<()>;
    async fn credentials(&self, email: &str) -> Query<Option<Credentials>>;
}

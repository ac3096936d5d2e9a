//! [`People`]. Nothing is cached: another node may have changed an account a moment ago.

use std::sync::Arc;

use async_trait::async_trait;
use domain::passenger::Phone;
use domain::{User, UserId};
use jiff::Timestamp;
use store::{
    AccountState, Credentials, Page, Paged, People, SecondFactor, TokenDigest, TokenUse,
    UserFilter, WaitingLetters,
};

use super::{PostgresStore, Query};
use crate::reads::read;
use crate::table::{mail_token, outbox, second_factor, user};

#[async_trait]
impl People for PostgresStore {
    async fn user(&self, id: UserId) -> Query<Option<User>> {
        read!(self.readers, |db| user::by_id(db, id).await)
    }

    async fn account(&self, id: UserId) -> Query<Option<Arc<AccountState>>> {
        self.accounts.account(id).await
    }

    async fn users(&self, filter: UserFilter, page: Page) -> Query<Paged<User>> {
        read!(self.readers, |db| user::list(db, &filter, page).await)
    }

    async fn users_with_phone(&self, phone: Phone) -> Query<Vec<User>> {
        read!(self.readers, |db| user::with_phone(db, &phone).await)
    }

    /// Nothing to do: every answer is read when it is asked for.
    async fn look_for_changed_accounts(&self) -> Query<()> {
        Ok(())
    }

    async fn mail_token_holder(
        &self,
        used_for: TokenUse,
        digest: TokenDigest,
        now: Timestamp,
    ) -> Query<Option<User>> {
        read!(self.readers, |db| mail_token::holder(db, used_for, digest, now).await)
    }

    async fn second_factor(&self, id: UserId) -> Query<Option<SecondFactor>> {
        read!(self.readers, |db| second_factor::of(db, id).await)
    }

    async fn letters_are_due(&self, now: Timestamp) -> Query<bool> {
        read!(self.readers, |db| outbox::is_due(db, self.time_of(now)).await)
    }

    async fn waiting_letters(&self) -> Query<WaitingLetters> {
        read!(self.readers, |db| outbox::waiting(db).await)
    }

    async fn credentials(&self, email: &str) -> Query<Option<Credentials>> {
        read!(self.readers, |db| user::credentials(db, email).await)
    }
}

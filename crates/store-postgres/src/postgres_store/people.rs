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
use crate::table::{mail_token, outbox, second_factor, user};

#[async_trait]
impl People for PostgresStore {
    async fn user(&self, id: UserId) -> Query<Option<User>> {
        let moment = self.moment().await?;
        let found = user::by_id(moment.db(), id).await;
        moment.done(found)
    }

    async fn account(&self, id: UserId) -> Query<Option<Arc<AccountState>>> {
        self.accounts.account(id).await
    }

    async fn users(&self, filter: UserFilter, page: Page) -> Query<Paged<User>> {
        let moment = self.moment().await?;
        let found = user::list(moment.db(), &filter, page).await;
        moment.done(found)
    }

    async fn users_with_phone(&self, phone: Phone) -> Query<Vec<User>> {
        let moment = self.moment().await?;
        let found = user::with_phone(moment.db(), &phone).await;
        moment.done(found)
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
        let moment = self.moment().await?;
        let found = mail_token::holder(moment.db(), used_for, digest, now).await;
        moment.done(found)
    }

    async fn second_factor(&self, id: UserId) -> Query<Option<SecondFactor>> {
        let moment = self.moment().await?;
        let found = second_factor::of(moment.db(), id).await;
        moment.done(found)
    }

    async fn letters_are_due(&self, now: Timestamp) -> Query<bool> {
        let moment = self.moment().await?;
        let found = outbox::is_due(moment.db(), self.time_of(now)).await;
        moment.done(found)
    }

    async fn waiting_letters(&self) -> Query<WaitingLetters> {
        let moment = self.moment().await?;
        let found = outbox::waiting(moment.db()).await;
        moment.done(found)
    }

    async fn credentials(&self, email: &str) -> Query<Option<Credentials>> {
        let moment = self.moment().await?;
        let found = user::credentials(moment.db(), email).await;
        moment.done(found)
    }
}

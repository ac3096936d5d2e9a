//! [`People`], with the accounts that were read lately in front.

use std::sync::Arc;

use async_trait::async_trait;
use domain::passenger::Phone;
use domain::{User, UserId};
use jiff::Timestamp;
use store::{
    AccountState, Credentials, Page, Paged, People, SecondFactor, TokenDigest, TokenUse,
    UserFilter, WaitingLetters,
};

use super::{Query, SqliteStore};
use crate::table::{account_state, mail_token, outbox, second_factor, user};

#[async_trait]
impl People for SqliteStore {
    async fn user(&self, id: UserId) -> Query<Option<User>> {
        Ok(self.account(id).await?.map(|account| account.user.clone()))
    }

    async fn account(&self, id: UserId) -> Query<Option<Arc<AccountState>>> {
        if let Some(known) = self.users.get(id) {
            return Ok(Some(known));
        }
        // Taken before the read: the account may be out of date by the time that it is kept.
        let generation = self.users.generation();
        let found = self.readers.query(move |db| account_state::state(db, id)).await?.map(Arc::new);
        if let Some(account) = &found {
            self.users.keep(Arc::clone(account), generation);
        }
        Ok(found)
    }

    async fn users(&self, filter: UserFilter, page: Page) -> Query<Paged<User>> {
        self.readers.query(move |db| user::list(db, &filter, page)).await
    }

    async fn users_with_phone(&self, phone: Phone) -> Query<Vec<User>> {
        self.readers.query(move |db| user::with_phone(db, &phone)).await
    }

    async fn look_for_changed_accounts(&self) -> Query<()> {
        let number = self.readers.query(|db| user::changes(db)).await?;
        self.users.note_changes(number);
        Ok(())
    }

    async fn mail_token_holder(
        &self,
        used_for: TokenUse,
        digest: TokenDigest,
        now: Timestamp,
    ) -> Query<Option<User>> {
        self.readers.query(move |db| mail_token::holder(db, used_for, digest, now)).await
    }

    async fn second_factor(&self, id: UserId) -> Query<Option<SecondFactor>> {
        self.readers.query(move |db| second_factor::of(db, id)).await
    }

    async fn letters_are_due(&self, now: Timestamp) -> Query<bool> {
        self.readers.query(move |db| outbox::is_due(db, now)).await
    }

    async fn waiting_letters(&self) -> Query<WaitingLetters> {
        self.readers.query(|db| outbox::waiting(db)).await
    }

    async fn credentials(&self, email: &str) -> Query<Option<Credentials>> {
        let email = email.to_owned();
        self.readers.query(move |db| user::credentials(db, &email)).await
    }
}

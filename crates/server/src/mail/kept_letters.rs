//! What sending needs of the store: letters that are due, a claim on them, and what became of each.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::Actor;
use jiff::Timestamp;
use store::{CommandError, Envelope, Letter, MailWrite, PeopleWrite, Store, StoreError};

#[async_trait]
pub(crate) trait KeptLetters: Send + Sync + 'static {
    async fn are_due(&self, now: Timestamp) -> Result<bool, StoreError>;

    async fn claim(
        &self,
        letters_max: usize,
        claimed_for: Duration,
        now: Timestamp,
    ) -> Result<Vec<Letter>, StoreError>;

    async fn write(&self, write: MailWrite, now: Timestamp) -> Result<(), CommandError>;
}

#[async_trait]
impl KeptLetters for Arc<dyn Store> {
    async fn are_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        self.letters_are_due(now).await
    }

    async fn claim(
        &self,
        letters_max: usize,
        claimed_for: Duration,
        now: Timestamp,
    ) -> Result<Vec<Letter>, StoreError> {
        self.claim_letters(letters_max, claimed_for, now).await
    }

    async fn write(&self, write: MailWrite, now: Timestamp) -> Result<(), CommandError> {
        self.send(Envelope::new(PeopleWrite::Mail(write), Actor::System, now)).await.map(drop)
    }
}

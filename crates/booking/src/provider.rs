//! The port to whoever moves the money.

use async_trait::async_trait;
use domain::command::ChargeOutcome;
use domain::{Kurus, Payment, PaymentId};

use crate::Card;

/// One charge. Its id makes it safe to ask about later.
#[derive(Debug)]
pub struct Charge<'a> {
    pub payment_id: PaymentId,
    pub amount: Kurus,
    pub card: &'a Card,
}

/// The provider gave no answer. The causes are for the log.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It was certainly not asked: nothing has happened there.
    #[error("the payment provider cannot be reached: {0}")]
    Unreachable(String),
    /// It may have been asked, so nobody knows whether it acted: see [`PaymentProvider::find`].
    #[error("the payment provider did not answer: {0}")]
    NoAnswer(String),
}

#[async_trait]
pub trait PaymentProvider: Send + Sync + 'static {
    /// Its name in payments.
    fn name(&self) -> &'static str;

    /// Takes the money, or says why not.
    async fn charge(&self, charge: Charge<'_>) -> Result<ChargeOutcome, ProviderError>;

    /// What became of a charge whose answer was lost; `None` when the provider never heard of it.
    async fn find(&self, payment_id: PaymentId) -> Result<Option<ChargeOutcome>, ProviderError>;

    /// Gives the whole amount back. May be asked again for the same payment and acts once.
    async fn refund(&self, payment: &Payment) -> Result<(), ProviderError>;
}

//! The port to the payment provider.

use async_trait::async_trait;
use domain::command::ChargeOutcome;
use domain::{Kurus, Payment, PaymentId, TicketId};

use crate::Card;

/// One charge. Its id makes it safe to ask about later.
#[derive(Debug)]
pub struct Charge<'a> {
    pub payment_id: PaymentId,
    pub amount: Kurus,
    pub card: &'a Card,
}

/// The part of a payment that goes back. A payment may have several, one for each ticket that it
/// paid for: the payment and the ticket together name it.
#[derive(Clone, Copy, Debug)]
pub struct Refund<'a> {
    pub payment: &'a Payment,
    pub ticket_id: TicketId,
    pub amount: Kurus,
}

/// The provider gave no answer. The causes are for the log.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It was certainly not asked: nothing has happened there.
    #[error("the payment provider cannot be reached: {0}")]
    Unreachable(String),
    /// It may have been asked, so it is unknown whether it acted: see [`PaymentProvider::find`].
    #[error("the payment provider did not answer: {0}")]
    NoAnswer(String),
}

/// What an implementation owes: its methods may be called at the same time and are dropped where
/// they take too long (`payments.rs` has the limits). A charge that was dropped, or had no
/// answer, arrives at the provider at once or never: two minutes after it was written down, what
/// `find` says of it is final.
#[async_trait]
pub trait PaymentProvider: Send + Sync + 'static {
    /// Its name in payments.
    fn name(&self) -> &'static str;

    /// Takes the money, or returns why not. [`ProviderError::Unreachable`] only if it is certain
    /// that nothing was sent.
    async fn charge(&self, charge: Charge<'_>) -> Result<ChargeOutcome, ProviderError>;

    /// The result of a charge whose answer was lost; `None` when the provider never got it.
    async fn find(&self, payment_id: PaymentId) -> Result<Option<ChargeOutcome>, ProviderError>;

    /// Gives a part of a payment back. It may be called again for the same refund and acts once.
    async fn refund(&self, refund: Refund<'_>) -> Result<(), ProviderError>;
}

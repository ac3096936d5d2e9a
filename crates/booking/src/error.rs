//! What the desk can return instead of a result: a refusal by the rules, a store that could not do
//! its work, a payment provider that gave no answer. They are separate, because each needs another
//! remedy; the HTTP layer decides what a caller sees of them.

use domain::Refusal;
use store::{CommandError, StoreError};

use crate::provider::ProviderError;
use crate::source::NoRandomness;

#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A begun payment stays begun, and [`crate::finish_payments`] finishes it.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The task that did the work panicked: only the store knows how far it came.
    #[error("the work broke off")]
    BrokeOff(#[source] tokio::task::JoinError),
}

impl From<CommandError> for BookingError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => Self::Refused(refusal),
            CommandError::Store(error) => Self::Store(error),
        }
    }
}

//! What can come back from the desk instead of what was asked for: a "no" by the rules, a store that
//! could not do its work, a payment provider that gave no answer. Each is told apart, because each has
//! another remedy; what is said of them on the wire is decided there.

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
    /// What was begun stays begun, and is finished by [`crate::finish_payments`].
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The task that did the work panicked: how far it came is known only to the store.
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

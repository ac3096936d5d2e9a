//! What can come back instead of an answer.

use std::error::Error;

use domain::Refusal;

/// The store could not do its work. Nothing of the command is kept, unless its commit itself was
/// interrupted: then the outcome is unknown until it is read again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The bounded queue of commands is full: come back in a moment.
    #[error("too many commands are waiting")]
    Busy,
    /// The store is shutting down or gone.
    #[error("the store is closed")]
    Closed,
    /// The database failed (disk full, I/O error, lost connection): the cause is for the log, not
    /// for callers.
    #[error("the database failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreError {
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(cause.into())
    }
}

/// A command's "no": by the rules, or by the machine.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

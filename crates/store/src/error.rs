//! What can come back instead of an answer.

use std::error::Error;

use domain::Refusal;

/// What a command comes back with.
pub(crate) type Command<T> = Result<T, CommandError>;

/// What a query comes back with.
pub(crate) type Query<T> = Result<T, StoreError>;

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
    /// Something outside is in the way and may cease to be: come back later. Also answered for a
    /// command that was committed to files which are no longer where they belong.
    #[error("{0}")]
    Unavailable(Outage),
    /// The database failed (damaged, or a statement that is wrong): the cause is for the log, not
    /// for callers.
    #[error("the database failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// What is in the way. The sentences may be shown to the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// The disk is full.
    #[error("there is no space left for the database")]
    NoSpace,
    /// Removed, renamed or replaced under the running process: what is written there is lost with it.
    #[error("the files of the database are no longer where they were")]
    FilesGone,
    /// Another process has the database.
    #[error("another program holds the database")]
    Locked,
    /// No connection to the database.
    #[error("the database cannot be read or written")]
    Unreachable,
}

impl StoreError {
    /// Of a fault that has no kind of its own.
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(cause.into())
    }
}

/// A command's "no": by the rules, or by the machine.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The command was decided, and refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It was not decided, or that is not known.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CommandError {
    /// Of a write that decides nothing: a refusal of it is a fault of the store.
    pub fn of_no_decision(self) -> StoreError {
        match self {
            Self::Refused(refusal) => StoreError::failed(refusal),
            Self::Store(error) => error,
        }
    }
}

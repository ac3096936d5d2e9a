//! What a caller can get instead of an answer.

use std::error::Error;

use domain::Refusal;
use tokio::sync::mpsc::error::TrySendError;

/// The result of a command.
pub(crate) type Command<T> = Result<T, CommandError>;

/// The result of a query.
pub(crate) type Query<T> = Result<T, StoreError>;

/// The store could not do its work. Nothing of the command is kept, unless its commit itself was
/// interrupted: then the outcome is unknown until it is read again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The bounded queue of commands is full: try again in a moment.
    #[error("too many commands are waiting")]
    Busy,
    /// The store is shutting down or gone.
    #[error("the store is closed")]
    Closed,
    /// A fault outside the program, which may go away: try again later. Also the answer to a
    /// command that was committed to files which are no longer in their place.
    #[error("{0}")]
    Unavailable(Outage),
    /// The database failed (damaged, or a statement that is wrong). It is shown with its cause, for
    /// the log: callers are only told that something went wrong.
    #[error("the database failed: {}", with_causes(&**.0))]
    Failed(Box<dyn Error + Send + Sync>),
}

/// The fault outside the program. The sentences may be shown to the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// The disk is full.
    #[error("there is no space left for the database")]
    NoSpace,
    /// Removed, renamed or replaced under the running process: what is written there is lost with
    /// it.
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
    /// Whether it says nothing of what was asked: all else fails now as well, and may not later.
    pub fn is_of_the_moment(&self) -> bool {
        matches!(self, Self::Busy | Self::Closed | Self::Unavailable(_))
    }

    /// For a fault that has no kind of its own.
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(cause.into())
    }
}

/// A queue of the store takes no more.
impl<T> From<TrySendError<T>> for StoreError {
    fn from(error: TrySendError<T>) -> Self {
        match error {
            TrySendError::Full(_) => Self::Busy,
            TrySendError::Closed(_) => Self::Closed,
        }
    }
}

/// An error with all that caused it, for the log.
pub fn with_causes(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push_str(": ");
        told.push_str(&error.to_string());
        cause = error.source();
    }
    told
}

/// Why a command was not done: the rules refused it, or the store failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The command was decided, and refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It was not decided, or it is not known whether it was.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CommandError {
    /// For a write that decides nothing: its refusal is a fault of the store.
    pub fn of_no_decision(self) -> StoreError {
        match self {
            Self::Refused(refusal) => StoreError::failed(refusal),
            Self::Store(error) => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_log_says_why_the_database_failed() {
        let failed = CommandError::Store(StoreError::failed("no such table: tickets"));
        assert_eq!(failed.to_string(), "the database failed: no such table: tickets");
        assert!(
            failed.source().is_none(),
            "a cause that is shown is no source: it would come twice"
        );
    }

    #[test]
    fn a_cause_of_a_cause_is_told() {
        #[derive(Debug, thiserror::Error)]
        #[error("the query broke off")]
        struct BrokeOff(#[source] std::fmt::Error);

        let failed = StoreError::failed(BrokeOff(std::fmt::Error));
        let cause = std::fmt::Error.to_string();
        assert_eq!(
            failed.to_string(),
            format!("the database failed: the query broke off: {cause}")
        );
    }
}

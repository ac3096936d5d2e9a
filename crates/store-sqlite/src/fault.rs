//! Why a piece of work inside the database did not succeed, before it becomes an answer.

use domain::Refusal;
use store::{CommandError, Outage, StoreError, Unopened};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Unopened(#[from] Unopened),
    #[error("a decision has panicked")]
    Panicked,
    /// A statement changed fewer or more rows than was decided.
    #[error("{statement} changed {rows} rows, not one")]
    OtherRows { statement: &'static str, rows: usize },
}

pub(crate) type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// SQLite's error, if it was SQLite.
    pub(crate) fn failure(&self) -> Option<rusqlite::ffi::Error> {
        match self {
            Self::Sqlite(error) => error.sqlite_error().copied(),
            Self::Refused(_)
            | Self::Json(_)
            | Self::Unopened(_)
            | Self::Panicked
            | Self::OtherRows { .. } => None,
        }
    }
}

impl From<Fault> for CommandError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refusal) => Self::Refused(refusal),
            other => Self::Store(other.into()),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sqlite(error) => failed(error),
            other => Self::failed(other),
        }
    }
}

/// An error of the database in the form that callers get.
pub(crate) fn failed(error: rusqlite::Error) -> StoreError {
    match outage(&error) {
        Some(outage) => StoreError::Unavailable(outage),
        None => StoreError::failed(error),
    }
}

/// The outage, when it is one outside the program that may go away. A damaged file and a wrong
/// statement are not: the same command would fail again.
pub(crate) fn outage(error: &rusqlite::Error) -> Option<Outage> {
    use rusqlite::ErrorCode as Code;
    match error.sqlite_error_code()? {
        Code::DiskFull => Some(Outage::NoSpace),
        Code::DatabaseBusy | Code::DatabaseLocked => Some(Outage::Locked),
        // The first one includes a write beyond a limit on the size of files.
        Code::SystemIoFailure
        | Code::CannotOpen
        | Code::ReadOnly
        | Code::PermissionDenied
        | Code::OutOfMemory
        | Code::FileLockingProtocolFailed
        | Code::NoLargeFileSupport => Some(Outage::Unreachable),
        _ => None,
    }
}

/// A decision is written exactly, or not at all.
pub(crate) fn one_row(statement: &'static str, rows: usize) -> Result<()> {
    if rows == 1 {
        return Ok(());
    }
    tracing::error!(statement, rows, "the database is not as it was read: nothing is kept of this");
    Err(Fault::OtherRows { statement, rows })
}

/// Whether a row was refused for its content: the same row would be refused again.
pub(crate) fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

/// Whether an insert failed because its key exists: an answer of the database, not an accident.
pub(crate) fn is_taken(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    matches!(
        error,
        rusqlite::Error::SqliteFailure(failure, _)
            if failure.extended_code == ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                || failure.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE
    )
}

/// The result for a row of a ticket or of its payment. Its route and its ticket are known when it
/// is written; only an account may be gone (a token can be older than the database).
pub(crate) fn known_people(written: rusqlite::Result<usize>) -> Result<()> {
    use rusqlite::ffi;
    match written {
        Err(rusqlite::Error::SqliteFailure(failure, _))
            if failure.extended_code == ffi::SQLITE_CONSTRAINT_FOREIGNKEY =>
        {
            Err(Refusal::UserNotFound.into())
        }
        other => one_row("writing a ticket or a payment", other?),
    }
}

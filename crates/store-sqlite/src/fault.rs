//! Why a piece of work inside the database did not succeed, before it is told to the outside.

use domain::Refusal;
use store::{CommandError, StoreError};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

pub(crate) type Result<T> = std::result::Result<T, Fault>;

impl From<Fault> for CommandError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refusal) => Self::Refused(refusal),
            Fault::Sqlite(error) => Self::Store(StoreError::failed(error)),
            Fault::Json(error) => Self::Store(StoreError::failed(error)),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        Self::failed(fault)
    }
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

/// What became of a row of a ticket or of its payment. Its route and its ticket are known when it
/// is written; only an account may be gone (a token can be older than the database).
pub(crate) fn known_people(written: rusqlite::Result<usize>) -> Result<()> {
    use rusqlite::ffi;
    match written {
        Err(rusqlite::Error::SqliteFailure(failure, _))
            if failure.extended_code == ffi::SQLITE_CONSTRAINT_FOREIGNKEY =>
        {
            Err(Refusal::UserNotFound.into())
        }
        other => Ok(other.map(drop)?),
    }
}

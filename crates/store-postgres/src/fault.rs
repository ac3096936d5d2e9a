//! Why a piece of work inside the database did not succeed, before it is told to the outside.

use std::error::Error as _;

use deadpool_postgres::PoolError;
use domain::Refusal;
use store::{CommandError, Outage, StoreError};
use tokio_postgres::error::SqlState;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Postgres(#[from] tokio_postgres::Error),
    /// No connection could be had.
    #[error(transparent)]
    Unreached(PoolError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("column {0} holds a value that cannot be one")]
    Stored(String),
    /// A statement changed fewer rows, or more, than what was decided.
    #[error("{statement} changed {rows} rows, not {expected}")]
    OtherRows { statement: &'static str, rows: u64, expected: u64 },
}

pub(crate) type Result<T> = std::result::Result<T, Fault>;

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => Self::Postgres(error),
            other => Self::Unreached(other),
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
            Fault::Postgres(error) => match outage(&error) {
                Some(outage) => Self::Unavailable(outage),
                None => Self::failed(told(&error)),
            },
            Fault::Unreached(_) => Self::Unavailable(Outage::Unreachable),
            other => Self::failed(other),
        }
    }
}

impl Fault {
    /// Whether the command by itself would fail again: what PostgreSQL says of data, of constraints and
    /// of itself (classes 22, 23, XX), and what is not as it was read. Everything else is of the group,
    /// and may cease to be.
    pub(crate) fn is_of_a_command(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Json(_) | Self::Stored(_) | Self::OtherRows { .. } => true,
            Self::Postgres(error) => error.code().is_some_and(|code| {
                ["22", "23", "XX"].iter().any(|class| code.code().starts_with(class))
            }),
            Self::Unreached(_) => false,
        }
    }
}

/// With what the server said: the error itself prints `db error` alone.
pub(crate) fn told(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(said), _) => match (said.constraint(), said.detail()) {
            (Some(constraint), _) => {
                format!("{} ({}, constraint {constraint})", said.message(), said.code().code())
            }
            (None, Some(detail)) => {
                format!("{} ({}: {detail})", said.message(), said.code().code())
            }
            (None, None) => format!("{} ({})", said.message(), said.code().code()),
        },
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

/// What is in the way, when it is something that may cease to be. What is wrong with a statement or
/// with what it says is no such thing: it would fail again.
pub(crate) fn outage(error: &tokio_postgres::Error) -> Option<Outage> {
    let Some(code) = error.code() else {
        // Not said by the server: the connection is lost, or none was made. What cannot be encoded or
        // read is this program's own fault.
        let is_own = error.to_string().contains("serializ") || error.to_string().contains("column");
        return (!is_own).then_some(Outage::Unreachable);
    };
    match code.code().get(..2)? {
        _ if *code == SqlState::DISK_FULL => Some(Outage::NoSpace),
        _ if *code == SqlState::LOCK_NOT_AVAILABLE => Some(Outage::Locked),
        // Connections, read-only (a standby), permissions of the login, rolled back, resources,
        // cancelled or shut down, files.
        "08" | "25" | "28" | "3D" | "40" | "53" | "57" | "58" => Some(Outage::Unreachable),
        _ => None,
    }
}

/// What is decided is written exactly, or not at all.
pub(crate) fn these_rows(statement: &'static str, rows: u64, expected: usize) -> Result<()> {
    let expected = expected as u64;
    if rows == expected {
        return Ok(());
    }
    tracing::error!(
        statement,
        rows,
        expected,
        "the database is not as it was read: nothing is kept of this"
    );
    Err(Fault::OtherRows { statement, rows, expected })
}

pub(crate) fn one_row(statement: &'static str, rows: u64) -> Result<()> {
    these_rows(statement, rows, 1)
}

/// Whether an insert failed because its key exists: an answer of the database, not an accident.
pub(crate) fn is_taken(fault: &Fault) -> bool {
    matches!(fault, Fault::Postgres(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION))
}

/// Whether a row names another that does not exist.
pub(crate) fn is_unknown(fault: &Fault) -> bool {
    matches!(fault, Fault::Postgres(error) if error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION))
}

/// The constraint that a statement ran into.
pub(crate) fn constraint(fault: &Fault) -> Option<&str> {
    match fault {
        Fault::Postgres(error) => error.as_db_error()?.constraint(),
        _ => None,
    }
}

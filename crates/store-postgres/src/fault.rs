//! Why a piece of work inside the database did not succeed, before it becomes an answer.

use std::error::Error as _;
use std::io;

use deadpool_postgres::PoolError;
use domain::Refusal;
use store::{CommandError, Outage, StoreError, Unopened};
use tokio_postgres::error::SqlState;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{}", told(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// No connection could be had.
    #[error(transparent)]
    Unreached(PoolError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Unopened(#[from] Unopened),
    #[error("column {0} holds a value that cannot be one")]
    Stored(String),
    #[error("the database did not answer in time")]
    TimedOut,
    /// It costs the database nothing to begin a transaction, so it does not answer at all.
    #[error("the database did not begin a transaction in time")]
    NotBegun,
    #[error("the server has warned of the commit")]
    Warned,
    /// Though no statement was refused.
    #[error("the commit was answered, and the group is not there")]
    NotCommitted,
    #[error("a decision has panicked")]
    Panicked,
    /// A statement changed fewer or more rows than was decided.
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
            Fault::Refused(_)
            | Fault::Json(_)
            | Fault::Unopened(_)
            | Fault::Stored(_)
            | Fault::OtherRows { .. } => Self::failed(fault),
            fault => match fault.outage() {
                Some(outage) => Self::Unavailable(outage),
                None => Self::failed(fault),
            },
        }
    }
}

impl Fault {
    /// Whether the command by itself would fail again: PostgreSQL's errors about data, constraints
    /// and itself (classes 22, 23, XX), and rows that are not as they were read. Everything else
    /// concerns the group, and may go away.
    pub(crate) fn is_of_a_command(&self) -> bool {
        match self {
            Self::Refused(_)
            | Self::Json(_)
            | Self::Unopened(_)
            | Self::Stored(_)
            | Self::Panicked
            | Self::OtherRows { .. } => true,
            Self::Postgres(error) => error.code().is_some_and(|code| {
                ["22", "23", "XX"].iter().any(|class| code.code().starts_with(class))
            }),
            Self::Unreached(_)
            | Self::TimedOut
            | Self::NotBegun
            | Self::Warned
            | Self::NotCommitted => false,
        }
    }

    /// The outage, when it is one that may go away.
    pub(crate) fn outage(&self) -> Option<Outage> {
        match self {
            Self::Postgres(error) => outage(error),
            Self::Unreached(_)
            | Self::TimedOut
            | Self::NotBegun
            | Self::Warned
            | Self::NotCommitted => Some(Outage::Unreachable),
            _ => None,
        }
    }

    /// Whether no connection could be made because there are too many already.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Postgres(error) if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS))
    }

    /// Whether the connection is over, or about to be: it was cut, or its server process has ended
    /// (a connection that is told so closes a moment later).
    pub(crate) fn ends_the_connection(&self) -> bool {
        match self {
            Self::Postgres(error) => match error.code() {
                Some(code) => ["08", "57P0"].iter().any(|class| code.code().starts_with(class)),
                None => error.is_closed() || error.source().is_some_and(|it| it.is::<io::Error>()),
            },
            _ => false,
        }
    }

    /// Whether the server has answered, and lives: then the refused statement has ended its
    /// transaction. A server that closes its connections may have carried out earlier statements.
    pub(crate) fn is_said_by_the_server(&self) -> bool {
        match self {
            Self::Postgres(error) => error.code().is_some_and(|code| {
                !["08", "57"].iter().any(|class| code.code().starts_with(class))
            }),
            _ => false,
        }
    }

    /// The answer to a command that failed by itself. An account that is gone (a token can be older
    /// than the database) is the only case that the rules leave to the database.
    pub(crate) fn into_answer(self) -> CommandError {
        let of_people =
            ["user_id_fkey", "issued_by_id_fkey", "changed_by_id_fkey", "paid_by_id_fkey"];
        let names_people = |name: &str| of_people.iter().any(|end| name.ends_with(end));
        if is_unknown(&self) && constraint(&self).is_some_and(names_people) {
            return Refusal::UserNotFound.into();
        }
        self.into()
    }
}

/// With the server's message: the error itself prints `db error` alone.
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

/// The outage, when it is one that may go away. A wrong statement or a wrong value is not one: it
/// would fail again.
pub(crate) fn outage(error: &tokio_postgres::Error) -> Option<Outage> {
    let Some(code) = error.code() else {
        // Not from the server: the connection is lost, or none was made. A value that cannot be
        // encoded or read is this program's own fault.
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

/// A decision is written exactly, or not at all.
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

/// Whether a row names another that does not exist.
pub(crate) fn is_unknown(fault: &Fault) -> bool {
    matches!(fault, Fault::Postgres(error) if error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION))
}

/// The constraint that a statement violates.
pub(crate) fn constraint(fault: &Fault) -> Option<&str> {
    match fault {
        Fault::Postgres(error) => error.as_db_error()?.constraint(),
        _ => None,
    }
}

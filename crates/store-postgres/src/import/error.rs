//! Why another database could not be taken over.

use crate::fault::told;
use crate::migrate::MigrationError;

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Migration(#[from] MigrationError),
    #[error("a server works on this database: stop it first")]
    InUse,
    #[error("the database is not empty: table {0} has rows")]
    NotEmpty(String),
    #[error("table {0} of the source is not known here: its version is another one")]
    UnknownTable(String),
    #[error("table {table}: column {column} cannot be filled from the source")]
    Column { table: String, column: String },
    #[error("table {table}, column {column}: a value that cannot be one")]
    Value { table: String, column: String },
    #[error(
        "table {table}: {taken} rows were taken over and add up to {taken_sum}, but {read} rows with \
         {read_sum} are in the source"
    )]
    Other { table: String, taken: i64, taken_sum: i64, read: i64, read_sum: i64 },
    #[error("the database failed: {0}")]
    Failed(String),
}

impl From<tokio_postgres::Error> for ImportError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Failed(told(&error))
    }
}

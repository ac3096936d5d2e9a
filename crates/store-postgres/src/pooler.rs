//! A pooler in front of the database that gives each transaction another connection.
//!
//! Such a pooler is no trouble, because nothing here is meant to last longer than a transaction
//! except prepared statements, which a pooler has to know itself: PgBouncer does from 1.21 on. One
//! that does not would fail every now and then, at whatever statement comes first: so it is looked
//! for at the start.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use crate::connection::{Address, Warnings};

/// Where the pooler has one connection only, the second transaction waits for the first: then it is
/// not known, and statements are kept.
const ANSWER_SECONDS_MAX: u64 = 2;

/// Whether a statement that was prepared in one transaction is certainly not there in the next one.
/// If the database cannot be asked, something else will say so.
pub(crate) async fn forgets_statements(address: &Address) -> bool {
    asked(address).await.is_err_and(|error| {
        // By its name, which is free on a connection of our own.
        error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME)
            || error.code() == Some(&SqlState::DUPLICATE_PSTATEMENT)
    })
}

async fn asked(address: &Address) -> Result<(), Error> {
    let (client, _driver) = address.connect(&Warnings::default()).await?;
    let (other, _other_driver) = address.connect(&Warnings::default()).await?;
    let within = Duration::from_secs(ANSWER_SECONDS_MAX);
    timeout(within, one_after_another(&client, &other)).await.unwrap_or(Ok(()))
}

async fn one_after_another(client: &Client, other: &Client) -> Result<(), Error> {
    let statement = client.prepare("select 1").await?;
    // A pooler gives away the connection that was used last: the other client has it meanwhile.
    other.batch_execute("BEGIN; select 1").await?;
    client.query_one(&statement, &[]).await?;
    other.batch_execute("ROLLBACK").await
}

#[cfg(test)]
mod tests {
    use crate::sources;

    /// What would stay on a connection when its transaction is over, as statements begin.
    const LASTING: [&str; 9] = [
        "SET ",
        "RESET ",
        "PREPARE ",
        "DEALLOCATE ",
        "DISCARD ",
        "DECLARE ",
        "LISTEN ",
        "CREATE TEMP",
        "LOAD ",
    ];
    /// The same anywhere in a statement.
    const LASTING_INSIDE: [&str; 5] = [
        "pg_advisory_lock(",
        "pg_try_advisory_lock(",
        "pg_advisory_unlock",
        "set_config(",
        "WITH HOLD",
    ];

    fn lasting(code: &str) -> Vec<String> {
        let begins = |statement: &str| {
            let is_local =
                statement.starts_with("SET LOCAL ") || statement.starts_with("SET TRANS");
            !is_local && LASTING.iter().any(|word| statement.starts_with(word))
        };
        let inside = |text: &str| LASTING_INSIDE.iter().any(|word| text.contains(word));
        let statements = code.split(['"', ';']).map(str::trim);
        statements.filter(|text| begins(text) || inside(text)).map(str::to_owned).collect()
    }

    #[test]
    fn nothing_lasts_longer_than_a_transaction() {
        for (path, code) in sources::read() {
            // The one connection that is not made through the pooler; and a test.
            if path.ends_with("listening.rs") || path.ends_with("plans.rs") {
                continue;
            }
            assert_eq!(lasting(&code), [""; 0], "{}", path.display());
        }
    }

    #[test]
    fn what_would_last_is_seen() {
        for sql in [
            r#"batch("SET lock_timeout = '1s'")"#,
            r#"batch("BEGIN; SET work_mem = '1MB'")"#,
            r#"one("SELECT pg_advisory_lock(7)")"#,
            r#"batch("CREATE TEMP TABLE t (a int)")"#,
            "batch(\"BEGIN; \\\n     SET jit = off\")",
        ] {
            assert_eq!(lasting(&sources::code(sql)).len(), 1, "{sql}");
        }
        assert!(lasting(r#"batch("BEGIN; SET LOCAL jit = off; UPDATE t SET a = 1")"#).is_empty());
    }
}

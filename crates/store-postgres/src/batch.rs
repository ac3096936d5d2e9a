//! What a group writes, as statements that are sent one after another in one round trip.
//!
//! Invariant: they run in the order in which they were added. All are prepared before the first is
//! sent: a statement that still had to be prepared would be overtaken by later ones.

use futures_util::future::try_join_all;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::db::{Db, Value};
use crate::fault::Result;

/// Statements of one group, at the most.
const STATEMENTS_MAX: usize = 30;

/// One value of each row, as the array that `unnest` takes.
pub(crate) fn column<'a, R: Copy, T>(rows: &[R], of: impl Fn(R) -> T) -> Value<'a>
where
    T: ToSql + Send + Sync + 'a,
{
    Box::new(rows.iter().map(|row| of(*row)).collect::<Vec<T>>())
}

#[derive(Debug, Default)]
pub(crate) struct Batch<'a>(Vec<Step<'a>>);

#[derive(Debug)]
struct Step<'a> {
    sql: &'static str,
    values: Vec<Value<'a>>,
}

impl<'a> Batch<'a> {
    pub(crate) fn add(&mut self, sql: &'static str, values: Vec<Value<'a>>) {
        self.0.push(Step { sql, values });
    }

    /// Nothing is sent for execution before the server knows all statements.
    pub(crate) async fn prepare(self, db: Db<'_>) -> Result<Prepared<'a>> {
        let statements = try_join_all(self.0.iter().map(|step| db.prepared(step.sql))).await?;
        Ok(Prepared(self.0.into_iter().zip(statements).collect()))
    }

    pub(crate) async fn run(self, db: Db<'_>) -> Result<()> {
        self.prepare(db).await?.run(db).await
    }
}

#[derive(Debug)]
pub(crate) struct Prepared<'a>(Vec<(Step<'a>, Statement)>);

impl Prepared<'_> {
    /// Everything is sent when this is polled for the first time.
    pub(crate) async fn run(self, db: Db<'_>) -> Result<()> {
        // Beyond this many, `try_join_all` does not poll in order any more.
        assert!(self.0.len() <= STATEMENTS_MAX, "a group has a bounded number of kinds of rows");
        let sent =
            self.0.iter().map(|(step, statement)| db.execute_prepared(statement, &step.values));
        try_join_all(sent).await.map(drop)
    }
}

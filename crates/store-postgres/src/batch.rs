//! What a group writes, as statements that are sent behind one another in one round trip.
//!
//! Invariant: they run in the order in which they were added. All are prepared before the first is sent:
//! one that had to be prepared meanwhile would be overtaken by those behind it.

use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;

use crate::db::Db;
use crate::fault::Result;

pub(crate) type Value = Box<dyn ToSql + Send + Sync>;

/// One value of each row, as the array that `unnest` takes.
pub(crate) fn column<R, T>(rows: &[R], of: impl Fn(&R) -> T) -> Value
where
    T: ToSql + Send + Sync + 'static,
{
    Box::new(rows.iter().map(of).collect::<Vec<T>>())
}

#[derive(Debug, Default)]
pub(crate) struct Batch(Vec<Step>);

#[derive(Debug)]
struct Step {
    sql: &'static str,
    values: Vec<Value>,
}

impl Batch {
    pub(crate) fn add(&mut self, sql: &'static str, values: Vec<Value>) {
        self.0.push(Step { sql, values });
    }

    pub(crate) async fn run(self, db: Db<'_>) -> Result<()> {
        let statements = try_join_all(self.0.iter().map(|step| db.prepared(step.sql))).await?;
        let sent = self
            .0
            .iter()
            .zip(&statements)
            .map(|(step, statement)| db.execute_prepared(statement, &step.values));
        try_join_all(sent).await.map(drop)
    }
}

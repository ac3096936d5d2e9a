//! What a group writes, as statements that are sent behind one another in one round trip.
//!
//! Invariant: they run in the order in which they were added. All are prepared before the first is sent:
//! one that had to be prepared meanwhile would be overtaken by those behind it.

use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;

use crate::db::Db;
use crate::fault::Result;

pub(crate) type Value<'a> = Box<dyn ToSql + Send + Sync + 'a>;

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

//! One connection inside a transaction, as the tables use it, with the keys that personal values
//! are sealed with.
//!
//! Every statement is prepared once for each connection and kept. How plans are made is set here
//! for all of them: SQLite's statements name the index to use, these only have to use an index.

use std::pin::Pin;

use deadpool_postgres::ClientWrapper;
use store::DataKeys;
use tokio::time::{Duration, timeout};
use tokio_postgres::types::{FromSqlOwned, ToSql};
use tokio_postgres::{Error, Row, SimpleQueryMessage, Statement};

use crate::fault::{Fault, Result};

/// The values of a statement, in the order of `$1`, `$2` …
pub(crate) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A value that is kept until its statement is sent.
pub(crate) type Value<'a> = Box<dyn ToSql + Send + Sync + 'a>;

/// Follows every `BEGIN`, in the same round trip.
///
/// A plan is made once for a connection, often while a table is still small, and must be right when
/// the table has grown: so rows are found by index and in its order, and the values of one call do
/// not matter. Only rows cost something, pages nothing. Else a scan of a small table of twenty rows
/// would be cheaper than a search for one, and would stay the plan when there are a million. To
/// compile a plan (`jit`) would take longer than to run it.
pub(crate) const SETTINGS: &str = "SET LOCAL plan_cache_mode = force_generic_plan; \
     SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off; \
     SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off; \
     SET LOCAL random_page_cost = 0; SET LOCAL cpu_tuple_cost = 1; \
     SET LOCAL cpu_index_tuple_cost = 1";

/// How long to wait for an answer. The database itself ends what takes longer
/// (`statement_timeout`). This limit is for a database that sends nothing while its connections
/// stay: a machine that stands still, a disk that hangs.
const ANSWER_SECONDS_MAX: u64 = 17;

/// A cheap handle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Db<'a>(&'a ClientWrapper, &'a DataKeys);

impl<'a> Db<'a> {
    pub(crate) const fn new(client: &'a ClientWrapper, keys: &'a DataKeys) -> Self {
        Self(client, keys)
    }

    /// The keys that personal values are sealed with.
    pub(crate) const fn keys(self) -> &'a DataKeys {
        self.1
    }

    pub(crate) async fn rows(self, sql: &str, values: Values<'_>) -> Result<Vec<Row>> {
        let statement = self.prepared(sql).await?;
        answered(self.0.query(&statement, values)).await
    }

    /// The row, if there is one; two are a mistake of the statement.
    pub(crate) async fn optional(self, sql: &str, values: Values<'_>) -> Result<Option<Row>> {
        let statement = self.prepared(sql).await?;
        answered(self.0.query_opt(&statement, values)).await
    }

    pub(crate) async fn one(self, sql: &str, values: Values<'_>) -> Result<Row> {
        let statement = self.prepared(sql).await?;
        answered(self.0.query_one(&statement, values)).await
    }

    /// The only column of the only row.
    pub(crate) async fn value<T: FromSqlOwned>(self, sql: &str, values: Values<'_>) -> Result<T> {
        self.one(sql, values).await?.try_get(0).map_err(Fault::from)
    }

    /// Returns how many rows it has changed.
    pub(crate) async fn execute(self, sql: &str, values: Values<'_>) -> Result<u64> {
        let statement = self.prepared(sql).await?;
        answered(self.0.execute(&statement, values)).await
    }

    /// Statements that give nothing back, without values and not kept.
    pub(crate) async fn batch(self, sql: &str) -> Result<()> {
        answered(self.0.batch_execute(sql)).await
    }

    pub(crate) async fn prepared(self, sql: &str) -> Result<Statement> {
        #[cfg(test)]
        crate::plans::note(sql);
        answered(self.0.prepare_cached(sql)).await
    }

    /// Sent when it is polled for the first time.
    pub(crate) async fn execute_prepared(
        self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<u64> {
        let values: Vec<&(dyn ToSql + Sync)> =
            values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
        Ok(self.0.execute(statement, &values).await?)
    }

    /// Several statements in one message.
    pub(crate) async fn simple(self, sql: &str) -> Result<Vec<SimpleQueryMessage>> {
        Ok(self.0.simple_query(sql).await?)
    }
}

/// Boxed: it is part of every future around it, and with its time limit it is twice as large.
fn answered<'a, T>(
    work: impl Future<Output = std::result::Result<T, Error>> + Send + 'a,
) -> Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>> {
    Box::pin(async move {
        match timeout(Duration::from_secs(ANSWER_SECONDS_MAX), work).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Fault::TimedOut),
        }
    })
}

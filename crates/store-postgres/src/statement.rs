//! One statement: prepared once for each connection, then sent with its values.
//!
//! Prepared statements are the protocol's own, never `PREPARE`: a pooler that hands transactions around
//! (PgBouncer 1.21 and later) knows them.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::fault::Result;

pub(crate) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

pub(crate) async fn rows(
    db: &impl GenericClient,
    sql: &str,
    values: Values<'_>,
) -> Result<Vec<Row>> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.query(&statement, values).await?)
}

/// None or one row; more are an error.
pub(crate) async fn row(
    db: &impl GenericClient,
    sql: &str,
    values: Values<'_>,
) -> Result<Option<Row>> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.query_opt(&statement, values).await?)
}

/// Exactly one row.
pub(crate) async fn one(db: &impl GenericClient, sql: &str, values: Values<'_>) -> Result<Row> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.query_one(&statement, values).await?)
}

/// How many rows were changed.
pub(crate) async fn execute(db: &impl GenericClient, sql: &str, values: Values<'_>) -> Result<u64> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.execute(&statement, values).await?)
}

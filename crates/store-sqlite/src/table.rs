//! One module per table (or family of tables): its rows as the domain's things, its statements.

pub(crate) mod bus;
pub(crate) mod payment;
pub(crate) mod route;
pub(crate) mod route_search;
pub(crate) mod seat;
pub(crate) mod seat_event;
pub(crate) mod station;
pub(crate) mod ticket;
pub(crate) mod user;
pub(crate) mod viewer_session;

use rusqlite::types::Value;
use rusqlite::{Connection, Row};
use store::{Page, Paged};

use crate::column;

/// A `WHERE` clause that grows by the filters that are set.
#[derive(Debug, Default)]
pub(crate) struct Where {
    conditions: Vec<&'static str>,
    values: Vec<Value>,
}

impl Where {
    /// Adds a condition with one `?` for each value.
    pub(crate) fn and(&mut self, condition: &'static str, values: impl IntoIterator<Item = Value>) {
        self.conditions.push(condition);
        self.values.extend(values);
    }

    pub(crate) fn and_some<T>(
        &mut self,
        condition: &'static str,
        value: Option<T>,
        store: impl FnOnce(T) -> Value,
    ) {
        if let Some(value) = value {
            self.and(condition, [store(value)]);
        }
    }

    fn sql(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!("WHERE {}", self.conditions.join(" AND "))
    }

    /// One page of `SELECT columns FROM table`, and how many rows there are in all.
    pub(crate) fn page<T>(
        self,
        connection: &Connection,
        columns: &str,
        table: &str,
        order: &str,
        page: Page,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Paged<T>> {
        let condition = self.sql();
        let total = connection
            .prepare_cached(&format!("SELECT count(*) AS total FROM {table} {condition}"))?
            .query_row(rusqlite::params_from_iter(&self.values), |row| {
                column::count(row, "total")
            })?;
        let sql =
            format!("SELECT {columns} FROM {table} {condition} ORDER BY {order} LIMIT ? OFFSET ?");
        let mut values = self.values;
        values.push(Value::Integer(column::signed(page.limit)));
        values.push(Value::Integer(column::signed(page.offset)));
        let items = connection
            .prepare_cached(&sql)?
            .query_map(rusqlite::params_from_iter(values), row)?
            .collect::<rusqlite::Result<Vec<T>>>()?;
        Ok(Paged { items, total })
    }
}

pub(crate) fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

pub(crate) fn blob(id: uuid::Uuid) -> Value {
    Value::Blob(id.into_bytes().to_vec())
}

/// A part of a name as a `LIKE … ESCAPE '\'` pattern.
pub(crate) fn contains(part: &str) -> Value {
    let escaped = part.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    Value::Text(format!("%{escaped}%"))
}

/// `SELECT key, count(*) … GROUP BY key`, by key.
pub(crate) fn counts<K>(
    connection: &Connection,
    sql: &str,
    key: impl Fn(&Row<'_>, &str) -> rusqlite::Result<K>,
) -> rusqlite::Result<Vec<(K, u64)>> {
    connection
        .prepare_cached(sql)?
        .query_map([], |row| Ok((key(row, "key")?, column::count(row, "total")?)))?
        .collect()
}

//! One module per table (or family of tables): its rows as the domain's things, its statements.

pub(crate) mod account;
pub(crate) mod account_state;
pub(crate) mod audit;
pub(crate) mod block;
pub(crate) mod booking;
pub(crate) mod bus;
pub(crate) mod bus_feature;
pub(crate) mod bus_position;
mod bus_time;
pub(crate) mod bus_token;
pub(crate) mod data_key;
pub(crate) mod epoch;
mod expired_hold;
pub(crate) mod group;
pub(crate) mod hold;
pub(crate) mod idempotency_key;
pub(crate) mod mail_token;
pub(crate) mod newest;
pub(crate) mod outbox;
pub(crate) mod over;
pub(crate) mod payment;
pub(crate) mod refresh_family;
pub(crate) mod reserved_from;
pub(crate) mod route;
pub(crate) mod route_event;
pub(crate) mod route_search;
pub(crate) mod route_write;
pub(crate) mod run_out;
pub(crate) mod seat;
pub(crate) mod seat_layout;
pub(crate) mod seated_passenger;
pub(crate) mod second_factor;
pub(crate) mod segment;
pub(crate) mod station;
pub(crate) mod ticket;
pub(crate) mod ticket_driver;
pub(crate) mod ticket_list;
pub(crate) mod ticket_views;
pub(crate) mod trip;
pub(crate) mod user;
pub(crate) mod user_word;
pub(crate) mod viewer_node;
pub(crate) mod viewer_session;

use rusqlite::types::Value;
use rusqlite::{Connection, Row};
use store::{COUNTED_MAX, Page, Paged};

use crate::column;

/// A `WHERE` clause that grows with each filter that is set.
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

    pub(crate) fn sql(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!("WHERE {}", self.condition())
    }

    /// As one value; true without any.
    pub(crate) fn condition(&self) -> String {
        if self.conditions.is_empty() {
            return "TRUE".to_owned();
        }
        self.conditions.join(" AND ")
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// One page of `SELECT columns FROM table`, and how many rows there are, as far as lists are
    /// counted. `table` names the index that gives the rows in this order.
    pub(crate) fn page<T>(
        self,
        connection: &Connection,
        columns: &str,
        table: &str,
        order: &str,
        page: Page,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Paged<T>> {
        self.page_of(connection, [], columns, table, order, page, row)
    }

    /// The same for a table that is itself a query, with values of its own.
    #[expect(clippy::too_many_arguments, reason = "as many as a statement has parts")]
    pub(crate) fn page_of<T>(
        self,
        connection: &Connection,
        of_table: impl IntoIterator<Item = Value>,
        columns: &str,
        table: &str,
        order: &str,
        page: Page,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Paged<T>> {
        let condition = self.sql();
        let mut values: Vec<Value> = of_table.into_iter().chain(self.values).collect();
        values.push(Value::Integer(column::signed(COUNTED_MAX + 1)));
        let counted = connection
            .prepare_cached(&format!(
                "SELECT count(*) AS total FROM (SELECT 1 FROM {table} {condition} LIMIT ?)"
            ))?
            .query_row(rusqlite::params_from_iter(&values), |row| column::count(row, "total"))?;
        values.pop();
        let sql =
            format!("SELECT {columns} FROM {table} {condition} ORDER BY {order} LIMIT ? OFFSET ?");
        values.push(Value::Integer(column::signed(page.limit)));
        values.push(Value::Integer(column::signed(page.offset)));
        let items = connection
            .prepare_cached(&sql)?
            .query_map(rusqlite::params_from_iter(values), row)?
            .collect::<rusqlite::Result<Vec<T>>>()?;
        Ok(Paged::counted(items, counted))
    }
}

pub(crate) fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

/// Some texts as one value: `IN (SELECT value FROM json_each(?))`.
pub(crate) fn json_texts(texts: &[String]) -> Value {
    Value::Text(serde_json::Value::from(texts).to_string())
}

pub(crate) fn blob(id: uuid::Uuid) -> Value {
    Value::Blob(id.into_bytes().to_vec())
}

/// A part of a name as a `LIKE … ESCAPE '\'` pattern.
pub(crate) fn contains(part: &str) -> Value {
    let escaped = part.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    Value::Text(format!("%{escaped}%"))
}

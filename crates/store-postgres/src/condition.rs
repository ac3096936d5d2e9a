//! A `WHERE` clause that grows with each filter that is set, and a page of its rows.

use store::{COUNTED_MAX, Page, Paged};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::column::{count, signed};
use crate::db::Db;
use crate::fault::Result;

/// A value of a column, on its way into a statement.
pub(crate) type Value = Box<dyn ToSql + Sync + Send>;

#[derive(Debug, Default)]
pub(crate) struct Where {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Where {
    /// Adds a condition that is always the same.
    pub(crate) fn and(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    /// Adds a condition with a `?` for its value.
    pub(crate) fn and_value(&mut self, condition: &str, value: Value) {
        let numbered = self.numbered(condition, value);
        self.conditions.push(numbered);
    }

    /// The condition as it stands in the statement; its value is put after the others.
    pub(crate) fn numbered(&mut self, condition: &str, value: Value) -> String {
        self.values.push(value);
        condition.replace('?', &format!("${}", self.values.len()))
    }

    /// Adds a value without a condition; returns its number.
    pub(crate) fn push(&mut self, value: Value) -> usize {
        self.values.push(value);
        self.values.len()
    }

    pub(crate) fn and_some<T, V: ToSql + Sync + Send + 'static>(
        &mut self,
        condition: &str,
        value: Option<T>,
        store: impl FnOnce(T) -> V,
    ) {
        if let Some(value) = value {
            self.and_value(condition, Box::new(store(value)));
        }
    }

    pub(crate) fn sql(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!("WHERE {}", self.conditions.join(" AND "))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Its values, and more after them, which are numbered from [`Where::next`] on.
    pub(crate) fn values<'a>(
        &'a self,
        more: &[&'a (dyn ToSql + Sync)],
    ) -> Vec<&'a (dyn ToSql + Sync)> {
        let own = self.values.iter().map(|value| &**value as &(dyn ToSql + Sync));
        own.chain(more.iter().copied()).collect()
    }

    /// The number of the first value after its own.
    pub(crate) fn next(&self) -> usize {
        self.values.len() + 1
    }

    /// One page of `SELECT columns FROM table`, and how many rows there are, as far as lists are
    /// counted.
    pub(crate) async fn page<T>(
        &self,
        db: Db<'_>,
        columns: &str,
        table: &str,
        order: &str,
        page: Page,
        row: impl Fn(&Row) -> Result<T>,
    ) -> Result<Paged<T>> {
        let (condition, next) = (self.sql(), self.next());
        let max = signed(COUNTED_MAX + 1);
        let counted = format!(
            "SELECT count(*) AS total FROM (SELECT 1 FROM {table} {condition} LIMIT ${next}) counted"
        );
        let counted = db.one(&counted, &self.values(&[&max])).await?;
        let sql = format!(
            "SELECT {columns} FROM {table} {condition} ORDER BY {order} LIMIT ${next} OFFSET ${}",
            next + 1
        );
        let (limit, offset) = (signed(page.limit), signed(page.offset));
        let rows = db.rows(&sql, &self.values(&[&limit, &offset])).await?;
        let items = rows.iter().map(row).collect::<Result<Vec<T>>>()?;
        Ok(Paged::counted(items, count(&counted, "total")?))
    }
}

/// A part of a name as a `LIKE` pattern.
pub(crate) fn contains(part: &str) -> String {
    let escaped = part.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

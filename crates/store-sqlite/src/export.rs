//! All rows of the database, table by table, for another driver to take over.
//!
//! Invariant: everything is read at one moment, and no process writes meanwhile: the file is locked
//! as a server locks it. This file does not know what a row means.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use store::{Cell, CommittedStream, StoreError};

use crate::fault::failed;
use crate::open::open_unread;
use crate::open_error::OpenError;
use crate::sqlite_store::SqliteStore;

/// Rows that are passed on together.
const ROWS_AT_ONCE: usize = 500;

/// A database that is being taken over.
#[derive(Debug)]
pub struct Export {
    connection: Connection,
    /// It holds the lock, and has brought the tables up to date.
    _store: (SqliteStore, CommittedStream),
}

// The statements are in small letters: they scan whole tables, and their plans are not checked.
impl Export {
    /// Blocks, and brings the tables up to date first.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let store = open_unread(path)?;
        let moment = || {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            connection.execute_batch("begin")?;
            Ok(connection)
        };
        let connection =
            moment().map_err(|cause| OpenError::Database { path: path.to_owned(), cause })?;
        Ok(Self { connection, _store: store })
    }

    /// By name; without those of SQLite itself and of the migrations.
    pub fn tables(&self) -> Result<Vec<String>, StoreError> {
        self.texts(
            "select name from pragma_table_list where type = 'table' and schema = 'main' \
             and name not like 'sqlite%' and name <> 'refinery_schema_history' order by name",
            [],
        )
    }

    pub fn columns(&self, table: &str) -> Result<Vec<String>, StoreError> {
        self.texts("select name from pragma_table_info(?)", [table])
    }

    /// How many rows a table has, and the sum of one of its columns.
    pub fn sum(&self, table: &str, column: Option<&str>) -> Result<(i64, i64), StoreError> {
        let column = column.unwrap_or("0");
        let sql = format!("select count(*), ifnull(sum({column}), 0) from \"{table}\"");
        let sums = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.connection.query_row(&sql, [], sums).map_err(failed)
    }

    /// Passes on all rows of a table, some at a time and in the order of its key, until `take`
    /// stops it.
    pub fn read(
        &self,
        table: &str,
        columns: &[String],
        mut take: impl FnMut(Vec<Vec<Cell>>) -> bool,
    ) -> Result<(), StoreError> {
        let names: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
        let sql = format!("select {} from \"{table}\"", names.join(", "));
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let mut taken = Vec::with_capacity(ROWS_AT_ONCE);
        while let Some(row) = rows.next().map_err(failed)? {
            let cells = (0..columns.len()).map(|index| row.get_ref(index).map(cell));
            taken.push(cells.collect::<rusqlite::Result<_>>().map_err(failed)?);
            if taken.len() == ROWS_AT_ONCE && !take(std::mem::take(&mut taken)) {
                return Ok(());
            }
        }
        take(taken);
        Ok(())
    }

    fn texts(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let texts = statement.query_map(values, |row| row.get(0)).map_err(failed)?;
        texts.collect::<rusqlite::Result<_>>().map_err(failed)
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        // No column of this schema has one; as text, any other column type refuses it.
        ValueRef::Real(number) => Cell::Text(number.to_string()),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
    }
}

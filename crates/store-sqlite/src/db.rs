//! One connection, as the tables use it, with the keys that personal values are sealed with.
//!
//! Code that reads or writes no personal value takes the connection alone.

use std::ops::{Deref, DerefMut};

use rusqlite::Connection;
use store::DataKeys;

#[derive(Debug)]
pub(crate) struct Db {
    connection: Connection,
    keys: DataKeys,
}

impl Db {
    pub(crate) fn new(connection: Connection, keys: &DataKeys) -> Self {
        Self { connection, keys: keys.clone() }
    }

    pub(crate) const fn keys(&self) -> &DataKeys {
        &self.keys
    }
}

impl Deref for Db {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Db {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

//! One connection, as the tables use it, with the keys that personal values are sealed with and the
//! order in which its file keeps booking codes.
//!
//! Code that needs neither takes the connection alone. Invariant: the order is that of the file
//! which this connection has open, whatever file comes into its place later.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use rusqlite::Connection;
use store::DataKeys;

use crate::pnr_order::PnrOrder;

#[derive(Debug)]
pub(crate) struct Db {
    connection: Connection,
    keys: DataKeys,
    pnr_order: Arc<PnrOrder>,
}

impl Db {
    /// Its tables must be up to date.
    pub(crate) fn new(connection: Connection, keys: &DataKeys) -> rusqlite::Result<Self> {
        let pnr_order = Arc::new(PnrOrder::of(&connection)?);
        Ok(Self { connection, keys: keys.clone(), pnr_order })
    }

    pub(crate) const fn keys(&self) -> &DataKeys {
        &self.keys
    }

    pub(crate) const fn pnr_order(&self) -> &Arc<PnrOrder> {
        &self.pnr_order
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

#[cfg(test)]
mod tests {
    use domain::Pnr;

    use super::*;
    use crate::migrations::migrate;
    use crate::pragmas::shared_pragmas;

    /// As the migration ranks the bookings that it finds in the same file.
    #[test]
    fn codes_are_ranked_in_the_order_of_the_connections_own_file() {
        let pnr = Pnr::parse("VV00ABCDE").unwrap();
        let ranks = [(); 2].map(|()| {
            let connection = Connection::open_in_memory().unwrap();
            let mut connection = shared_pragmas(connection, 512).unwrap();
            migrate(&mut connection).unwrap();
            let db = Db::new(connection, &DataKeys::default()).unwrap();
            // In small letters: its plan is not checked.
            let of_file: u32 = db
                .query_row("select pnr_rank_in(key, ?) from pnr_order", [pnr.as_str()], |row| {
                    row.get(0)
                })
                .unwrap();
            assert_eq!(db.pnr_order().rank(&pnr), Some(of_file));
            of_file
        });
        assert_ne!(ranks[0], ranks[1], "each file has an order of its own");
    }

    #[test]
    fn a_file_without_an_order_is_an_error() {
        let connection = Connection::open_in_memory().unwrap();
        assert!(Db::new(connection, &DataKeys::default()).is_err());
    }
}

//! The seat inventory on PostgreSQL.
//!
//! Every group of writes takes one advisory lock, the clock, before it reads what it decides on, and
//! holds it until its commit: so groups are one after the other, whichever process brings them. Queries
//! go to a bounded pool of other connections and wait for nobody.
//!
//! This crate knows no HTTP and no socket. What it promises is `store`'s contract.

#![expect(dead_code, reason = "the parts are joined when all of them are there")]

mod batch;
mod catalogue_writes;
mod column;
mod condition;
mod connection;
mod db;
mod fault;
mod group;
mod migrate;
mod people_writes;
mod postgres_store;
mod reads;
mod route_changes;
mod table;
mod writes;

pub use connection::{Address, AddressError};
pub use migrate::{MigrationError, migrate};
pub use postgres_store::PostgresStore;

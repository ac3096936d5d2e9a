//! The seat inventory on PostgreSQL.
//!
//! Every group of writes takes one advisory lock, the clock, before it reads what it decides on,
//! and holds it until its commit: so groups run one after the other, from any process. Queries go
//! to a bounded pool of other connections and do not wait for groups. Nothing is kept from one
//! group to the next that another process may have changed meanwhile.
//!
//! This crate knows no HTTP and no socket. Its promises are `store`'s contract.

mod account_reader;
mod batch;
mod catalogue_writes;
mod clock;
mod column;
mod commit;
mod condition;
mod connection;
mod db;
mod door;
mod fault;
mod group;
mod import;
mod inspection;
mod job;
mod kept_routes;
mod lanes;
mod listening;
mod load;
mod mail_writes;
mod migrate;
#[cfg(test)]
mod named_columns;
mod notice;
mod notifies;
mod open;
mod people_writes;
#[cfg(test)]
mod plans;
mod pooler;
mod postgres_store;
mod pruning;
mod reads;
mod rekey;
mod route_changes;
mod session_writer;
#[cfg(test)]
mod sources;
mod step;
mod table;
mod writer;
mod writes;

pub use connection::{Address, AddressError};
pub use import::{Import, ImportError};
pub use inspection::{Inspection, InspectionError, has_administrator, inspect};
pub use job::COMMAND_SECONDS;
pub use lanes::{COMMANDS_WAITING_MAX, GROUP_MAX};
pub use listening::Listening;
#[cfg(feature = "simulation")]
pub use migrate::{MIGRATION_LOCK, migrate_further};
pub use migrate::{MigrationError, migrate};
pub use notifies::Notifies;
#[cfg(feature = "simulation")]
pub use open::open_by_callers_time;
pub use open::{OpenError, open, open_with_keys};
pub use postgres_store::PostgresStore;
pub use rekey::{RekeyError, rekey};

/// The number of the clock's lock, for tests that hold it.
#[cfg(feature = "simulation")]
pub const CLOCK: i64 = clock::LOCK;

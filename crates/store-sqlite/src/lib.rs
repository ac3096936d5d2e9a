//! The seat inventory on embedded SQLite.
//!
//! One writer thread takes every command that waits in a bounded queue, runs all of them in one
//! transaction, commits once, and then answers: an answer is durable, and a busy server pays one
//! sync for many bookings. Another thread copies what was committed from the write-ahead log into
//! the database. Queries go to read-only connections. One process per file, by a lock on the file
//! itself.
//!
//! This crate knows no HTTP and no socket. Its promises are `store`'s contract.

mod backup;
mod chance;
mod checkpoint;
mod column;
mod copy;
mod database_file;
mod db;
mod door;
mod export;
mod fault;
mod group;
#[cfg(feature = "simulation")]
mod in_place;
mod inside;
mod inspection;
mod inventory;
mod known_routes;
mod known_users;
mod lanes;
mod loader;
mod mail_writes;
mod migrations;
mod moment;
mod normal_forms;
mod old_layouts;
mod open;
mod open_error;
#[cfg(test)]
mod plans;
mod pnr_order;
mod pragmas;
mod pruning;
mod reader;
mod rekey;
mod restore;
mod route_changes;
mod sqlite_store;
#[cfg(feature = "simulation")]
pub mod stepped;
mod table;
mod writer;

pub use backup::back_up;
pub use copy::{CopyError, Progress};
pub use export::Export;
pub use inspection::{Depth, Inspection, InspectionError, has_administrator, inspect};
pub use lanes::{GROUP_MAX, SESSIONS_PER_GROUP_MAX};
pub use open::{open, open_for_accounts, open_relaxed, open_with_keys, open_with_log};
pub use open_error::OpenError;
pub use pragmas::LOG_PAGES;
pub use rekey::{RekeyError, rekey};
pub use restore::{Present, RestoreError, Restored, restore};
pub use sqlite_store::SqliteStore;
pub use store::metrics;
pub use writer::COMMANDS_WAITING_MAX;

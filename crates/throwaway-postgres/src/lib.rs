//! PostgreSQL for tests: servers of their own in folders of their own, on free ports of this
//! machine, stopped with the process that started them. One server, a standby that follows it and
//! can take its place, a transaction that stays open, and a pooler in front of a server.
//!
//! By default nothing is synced: committed data survives the end of a server's process, not of the
//! machine.

mod pooler;
mod programs;
mod server;
mod snapshot;
mod waiting;

pub use pooler::{Pooler, Pooling, pooler_is_installed};
pub use server::{Durability, Server};
pub use snapshot::Snapshot;

/// Whether the programs are on this machine.
pub fn is_installed() -> bool {
    programs::folder().is_some()
}

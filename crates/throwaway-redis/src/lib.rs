//! Redis for tests: servers of their own in folders of their own, on free ports of this machine,
//! gone when the test ends. One server, a Cluster, a server with a replica and Sentinels, and a
//! proxy in between that loses bytes as a test wants.
//!
//! It keeps nothing on disk: a server that is started again has lost all that it knew.

mod cluster;
mod proxy;
mod sentinel;
mod server;
mod waiting;

pub use cluster::Cluster;
pub use proxy::Proxy;
pub use sentinel::Sentinels;
pub use server::{Server, is_installed};

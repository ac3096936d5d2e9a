//! The fast path between nodes: what one node has committed, sent to all others through Redis.
//!
//! Redis may lose, repeat and reorder anything at any time, and may be gone: the queue of groups
//! behind it puts everything in order and reads missing groups from the store. So this crate does
//! not decide what viewers see; it only makes it faster. Invariant: no commit ever waits for Redis.
//!
//! It knows the port and Redis; no HTTP, no SQL, no viewer.

mod address;
mod connection;
mod link;
mod message;
pub mod metrics;
mod queue;
mod trial;

pub use address::{Address, AddressError};
pub use connection::LinkError;
pub use link::{RedisFanOut, start};
pub use trial::try_out;

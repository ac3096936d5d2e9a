//! The fast path between nodes: what one node has committed, told to all others through Redis.
//!
//! Redis may lose, repeat and reorder anything at any time, and may be gone: the row of groups behind
//! it puts everything in order and reads from the store what is missing. So this crate decides
//! nothing about what viewers see; it only makes it sooner. Invariant: nobody who commits ever waits
//! for Redis.
//!
//! It knows the port and Redis; no HTTP, no SQL, no viewer.

mod address;
mod connection;
mod link;
mod message;
pub mod metrics;
mod queue;

pub use address::{Address, AddressError};
pub use link::{RedisFanOut, start};

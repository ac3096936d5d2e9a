//! What clients cost, counted byte by byte at the allocator: nothing when they are gone, little
//! when they do not read, and never what they only announce.
//!
//! Connections are pipes in memory, which is one more kind of stream and uses no ports.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod announced;
mod churn;
mod counting;
mod fixture;
mod slow_reader;

//! What the driver does with a real PostgreSQL.

#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod bench;
mod contract;
mod encrypted;
mod exact;
mod faults;
mod figures;
mod limits;
mod migrations;
mod nodes;
mod poison;
mod round_trips;
mod server;
mod severed;
mod standbys;

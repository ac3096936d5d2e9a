//! What the driver does with a real PostgreSQL, apart from the store's contract.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod figures;
mod migrations;
mod server;

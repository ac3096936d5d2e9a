//! SQLite on a disk that delays, fails, fills up, loses power, or in a process that is killed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod acknowledgement;
mod bench;
mod crash;
mod disk;
mod failure;
mod group;
mod power_cut;
mod shim;

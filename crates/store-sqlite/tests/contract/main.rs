//! The store's contract, run on SQLite; and its negative controls: without the check in memory the
//! key on `seat_legs` still keeps a seat from being sold twice, and without both the same case must
//! notice it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod harness;

use harness::{ForgetfulSqlite, KeylessSqlite, SealedSqlite, Sqlite};
use store::contract::controls;

store::contract_tests!(Sqlite);

/// The cases that read and write people, on a database with a data key.
mod sealed {
    use super::SealedSqlite;

    store::contract_tests_of_people!(SealedSqlite);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_check_in_memory_the_key_refuses() {
    let refusal = "UNIQUE constraint failed: seat_legs";
    controls::without_the_check_in_memory_the_key_refuses::<ForgetfulSqlite>(refusal).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_its_key_the_double_sale_is_noticed() {
    controls::without_its_key_the_double_sale_is_noticed::<KeylessSqlite>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_its_key_the_double_move_is_noticed() {
    controls::without_its_key_the_double_move_is_noticed::<KeylessSqlite>().await;
}

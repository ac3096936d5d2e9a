//! The store's contract, held against SQLite; and its negative control: without the key on
//! `seat_legs` the same case must notice that a seat was sold twice.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod harness;

use harness::{KeylessSqlite, Sqlite};

store::contract_tests!(Sqlite);

/// The protection taken away, the case goes red: it can fail, and it is the key that keeps it green.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_its_key_the_double_sale_is_noticed() {
    let case = store::contract::seats::one_seat_goes_to_one_of_200_buyers::<KeylessSqlite>();
    let failure = tokio::spawn(case).await.expect_err("200 buyers got one seat, unnoticed");
    let panic = failure.into_panic();
    let message = panic.downcast_ref::<String>().expect("an assertion's message");
    assert!(message.contains("left: (200, 0)"), "it failed for another reason: {message}");
}

/// As above, for the legs that a move has to find free.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_its_key_the_double_move_is_noticed() {
    let case = store::contract::seats::one_of_many_moves_to_a_seat_wins::<KeylessSqlite>();
    let failure = tokio::spawn(case).await.expect_err("20 tickets moved to one seat, unnoticed");
    let panic = failure.into_panic();
    let message = panic.downcast_ref::<String>().expect("an assertion's message");
    assert!(message.contains("left: (20, 0)"), "it failed for another reason: {message}");
}

//! The store's contract, held against SQLite; and its negative controls: without the check in memory
//! the key on `seat_legs` still keeps a seat from being sold twice, and without both the same case
//! must notice it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod harness;

use harness::{ForgetfulSqlite, KeylessSqlite, Sqlite};
use store::contract::World;

store::contract_tests!(Sqlite);

/// The check in memory says that every seat is free: the key refuses all buyers but one, and because
/// that cannot happen while the check stands, they are told of a failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_check_in_memory_the_key_refuses() {
    let world = World::<ForgetfulSqlite>::new().await;
    let route = world.route(40).await;
    let buyers: Vec<_> = (0..50)
        .map(|_| {
            let desk = world.desk();
            tokio::spawn(async move { desk.book(desk.customer, route, 7, (0, 3)).await })
        })
        .collect();
    let (mut sold, mut failed) = (0, 0);
    for buyer in buyers {
        match buyer.await {
            Ok(Ok(_)) => sold += 1,
            Ok(Err(refusal)) => panic!("the rules knew of the first buyer: {refusal:?}"),
            Err(failure) => {
                let panic = failure.into_panic();
                let message = panic.downcast_ref::<String>().expect("a desk's message");
                assert!(message.contains("UNIQUE constraint failed: seat_legs"), "{message}");
                failed += 1;
            }
        }
    }
    assert_eq!((sold, failed), (1, 49));
    assert_eq!(world.finish().await.tickets.len(), 1, "nothing is left of those who lost");
}

/// Both taken away, the case goes red: it can fail, and it is they who keep it green.
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

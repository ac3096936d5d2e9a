//! Negative controls of rule 1: without the check in memory the key on `seat_legs` still keeps a
//! seat from being sold twice, and without both the same cases must notice it.

use super::{Harness, World, seats};

/// The check in memory says that every seat is free: the key refuses all buyers but one, and
/// because that cannot happen while the check works, they get a failure. `refusal`: the database's
/// message about its key.
pub async fn without_the_check_in_memory_the_key_refuses<Forgetful: Harness>(refusal: &str) {
    let world = World::<Forgetful>::new().await;
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
                assert!(message.contains(refusal), "{message}");
                failed += 1;
            }
        }
    }
    assert_eq!((sold, failed), (1, 49));
    assert_eq!(world.finish().await.tickets.len(), 1, "nothing is left of those who lost");
}

/// Without both, the case goes red: so it can fail, and it is these two that keep it green.
pub async fn without_its_key_the_double_sale_is_noticed<Keyless: Harness + Sync>() {
    let case = seats::one_seat_goes_to_one_of_200_buyers::<Keyless>();
    fails(case, "200 buyers got one seat, unnoticed", "left: (200, 0)").await;
}

/// As above, for the legs that a move needs free.
pub async fn without_its_key_the_double_move_is_noticed<Keyless: Harness + Sync>() {
    let case = seats::one_of_many_moves_to_a_seat_wins::<Keyless>();
    fails(case, "20 tickets moved to one seat, unnoticed", "left: (20, 0)").await;
}

async fn fails(case: impl Future<Output = ()> + Send + 'static, unnoticed: &str, reason: &str) {
    let failure = tokio::spawn(case).await.expect_err(unnoticed);
    let panic = failure.into_panic();
    let message = panic.downcast_ref::<String>().expect("an assertion's message");
    assert!(message.contains(reason), "it failed for another reason: {message}");
}

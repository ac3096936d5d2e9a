//! Work that is to be done once: which node does it.

use std::time::Duration;

use uuid::Uuid;

use super::{Harness, World};
use crate::{NodeId, Work};

const LONG: Duration = Duration::from_secs(3_600);

const fn node(number: u128) -> NodeId {
    NodeId(Uuid::from_u128(number))
}

fn pieces(numbers: std::ops::RangeInclusive<u128>) -> Vec<Uuid> {
    numbers.map(Uuid::from_u128).collect()
}

/// When many nodes look at the same pieces, each piece goes to one node.
pub async fn a_piece_of_work_is_one_nodes<H: Harness>() {
    let world = World::<H>::new().await;
    let all = pieces(1..=100);
    let claims: Vec<_> = (1..=8)
        .map(|number| {
            let (store, now, all) = (world.desk().store, world.now, all.clone());
            tokio::spawn(async move {
                let asked = (Work::TicketHold, all);
                store.claim_work(node(number), asked, LONG, now).await.unwrap()
            })
        })
        .collect();
    let mut claimed = Vec::new();
    for claim in claims {
        claimed.extend(claim.await.unwrap());
    }
    claimed.sort_unstable();
    assert_eq!(claimed, all, "each once, and none is left");
    world.finish().await;
}

pub async fn a_claim_is_renewed_by_its_node_and_ends_by_itself<H: Harness>() {
    let world = World::<H>::new().await;
    let claim = async |number: u128, work: Work, all: Vec<Uuid>, claimed_for: Duration| {
        let own = world.store.claim_work(node(number), (work, all), claimed_for, world.now).await;
        let mut own = own.unwrap();
        own.sort_unstable();
        own
    };
    assert_eq!(claim(1, Work::Payment, pieces(1..=3), LONG).await, pieces(1..=3));
    assert_eq!(claim(1, Work::Payment, pieces(2..=4), LONG).await, pieces(2..=4));
    assert_eq!(claim(2, Work::Payment, pieces(1..=5), LONG).await, pieces(5..=5));
    // Another kind of work is another piece.
    assert_eq!(claim(2, Work::SeatHold, pieces(1..=2), LONG).await, pieces(1..=2));
    // Given back: a claim that ends now.
    assert_eq!(claim(1, Work::Payment, pieces(1..=2), Duration::ZERO).await, pieces(1..=2));
    assert_eq!(claim(2, Work::Payment, pieces(1..=3), LONG).await, pieces(1..=2));
    assert!(claim(3, Work::Payment, pieces(1..=5), LONG).await.is_empty());
    world.finish().await;
}

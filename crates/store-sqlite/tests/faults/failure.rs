//! A full disk: an error for callers, and normal work when there is space again.

use domain::Seq;
use store::{CommandError, Envelope, Outage, StoreError};

use crate::bench::{Bench, is_failed};

#[tokio::test]
async fn a_full_disk_is_an_error_until_there_is_space_again() {
    let mut bench = Bench::new().await;
    let ticket = bench.desk.store.execute(bench.booking(1)).await.unwrap().ticket().ticket.id;
    assert_eq!(bench.told_by_now().map(|told| told.len()), Some(1));
    bench.disk.fill(true);
    let customer = bench.desk.customer;
    let commands: [Envelope; 3] = [
        bench.booking(2),
        bench.desk.moving(customer, ticket, 3),
        bench.desk.cancelling(customer, ticket),
    ];
    for command in commands {
        let answer = bench.desk.store.execute(command).await;
        let full = StoreError::Unavailable(Outage::NoSpace);
        assert_eq!(answer.unwrap_err().to_string(), CommandError::Store(full).to_string());
    }
    assert_eq!(bench.told_by_now(), None);
    for _ in 0..2 {
        let ready = bench.desk.store.ready().await;
        assert!(matches!(ready, Err(StoreError::Unavailable(Outage::NoSpace))), "{ready:?}");
        // A command that writes nothing proves nothing.
        let nowhere = domain::RouteId(uuid::Uuid::nil());
        let unknown = bench.desk.store.delete_route(nowhere, bench.desk.now).await;
        assert!(matches!(unknown, Err(CommandError::Refused(_))), "{unknown:?}");
    }
    // Reading goes on, and shows what was there before.
    let snapshot = bench.desk.store.seat_snapshot(bench.route).await.unwrap().unwrap();
    assert_eq!((snapshot.seq, snapshot.taken.len()), (Seq::new(1), 1));
    bench.disk.fill(false);
    bench.desk.store.ready().await.unwrap();
    bench.desk.store.execute(bench.booking(2)).await.unwrap();
    bench.desk.move_to(customer, ticket, 3).await.unwrap();
    let ledger = bench.reopened_ledger().await;
    let mut seats: Vec<u16> = ledger.live().map(|ticket| ticket.seat.get()).collect();
    seats.sort_unstable();
    assert_eq!(seats, [2, 3]);
}

/// All commands of a commit share its result, with any decision of the rules for each.
#[tokio::test]
async fn a_group_fails_as_a_whole() {
    let mut bench = Bench::new().await;
    bench.disk.hold_syncs();
    let first = bench.ask(bench.booking(1));
    bench.disk.wait_for_sync();
    let group: Vec<_> = (2..=20).map(|seat| bench.ask(bench.booking(seat))).collect();
    bench.disk.fill(true);
    bench.disk.release_syncs();
    first.answer().await.unwrap();
    for asked in group {
        let answer = asked.answer().await;
        assert!(is_failed(&answer), "{answer:?}");
    }
    assert_eq!(bench.told_by_now().map(|told| told.len()), Some(1), "the first, alone");
    assert_eq!(bench.told_by_now(), None);
    bench.disk.fill(false);
    bench.desk.store.execute(bench.booking(2)).await.unwrap();
    assert_eq!(bench.reopened_ledger().await.live().count(), 2);
}

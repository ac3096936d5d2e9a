//! One sync for many: group commit, and the bound on its queue.

use domain::Refusal;
use store::{CommandError, StoreError};
use store_sqlite::{COMMANDS_WAITING_MAX, GROUP_MAX};

use crate::bench::Bench;

#[tokio::test]
async fn commands_that_wait_together_are_committed_together() {
    let mut bench = Bench::new().await;
    let before = bench.disk.log_syncs();
    bench.disk.hold_syncs();
    let first = bench.ask(bench.booking(1));
    bench.disk.wait_for_sync();
    let group: Vec<_> = (2..=40).map(|seat| bench.ask(bench.booking(seat))).collect();
    bench.disk.release_syncs();
    first.answer().await.unwrap();
    for asked in group {
        asked.answer().await.unwrap();
    }
    assert_eq!(bench.disk.log_syncs() - before, 2, "forty commands, two syncs");
    let told = [bench.told_by_now(), bench.told_by_now()].map(|told| told.unwrap().len());
    assert_eq!(told, [1, 39], "a commit is told as one");
    assert_eq!(bench.reopened_ledger().await.live().count(), 40);
}

#[tokio::test]
async fn a_refused_command_takes_nothing_from_its_group() {
    let bench = Bench::new().await;
    bench.disk.hold_syncs();
    let first = bench.ask(bench.booking(1));
    bench.disk.wait_for_sync();
    // Each seat is wanted twice by the same group.
    let wanted = || (1..=20).map(|seat| bench.ask(bench.booking(seat)));
    let group: Vec<_> = wanted().chain(wanted()).collect();
    bench.disk.release_syncs();
    first.answer().await.unwrap();
    let mut sold = 0;
    for asked in group {
        match asked.answer().await {
            Ok(_) => sold += 1,
            Err(CommandError::Refused(Refusal::SeatTaken)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(sold, 19);
    assert_eq!(bench.reopened_ledger().await.live().count(), 20);
}

/// The short journey in the middle has the second leg of the long one: by then the long one's first
/// leg is written.
#[tokio::test]
async fn a_command_that_fails_half_way_leaves_nothing_and_takes_nothing_from_its_group() {
    let mut bench = Bench::new().await;
    bench.disk.hold_syncs();
    let first = bench.ask(bench.booking(1));
    bench.disk.wait_for_sync();
    let over = |seat, stops| bench.ask(bench.booking_of(seat, stops));
    let before: Vec<_> = (2..=10).map(|seat| over(seat, (1, 2))).collect();
    let spoiled: Vec<_> = (2..=10).map(|seat| over(seat, (0, 3))).collect();
    // The legs that the failed ones had written and released are free for these.
    let after: Vec<_> = (2..=10).map(|seat| over(seat, (0, 1))).collect();
    bench.disk.release_syncs();
    first.answer().await.unwrap();
    for asked in before.into_iter().chain(after) {
        asked.answer().await.unwrap();
    }
    for asked in spoiled {
        let answer = asked.answer().await;
        let is_taken = matches!(answer, Err(CommandError::Refused(Refusal::SeatTaken)));
        assert!(is_taken, "{answer:?}");
    }
    let told = [bench.told_by_now(), bench.told_by_now()].map(Option::unwrap);
    let seqs: Vec<u64> = told.iter().flatten().map(|event| event.place().seq.get()).collect();
    assert_eq!(seqs, (1..=19).collect::<Vec<_>>(), "without a hole, and none of what was undone");
    assert_eq!(bench.reopened_ledger().await.live().count(), 19);
}

#[tokio::test]
async fn a_full_queue_says_so_at_once() {
    let bench = Bench::new().await;
    let before = bench.disk.log_syncs();
    bench.disk.hold_syncs();
    let first = bench.ask(bench.booking(1));
    bench.disk.wait_for_sync();
    let command = || bench.booking(2);
    let waiting: Vec<_> = (0..COMMANDS_WAITING_MAX).map(|_| bench.ask(command())).collect();
    let refused = bench.desk.store.execute(command()).await;
    assert!(matches!(refused, Err(CommandError::Store(StoreError::Busy))), "{refused:?}");
    bench.disk.release_syncs();
    first.answer().await.unwrap();
    let mut sold = 0;
    for asked in waiting {
        sold += u32::from(asked.answer().await.is_ok());
    }
    assert_eq!(sold, 1, "each that had its place was answered");
    let groups = u64::try_from(COMMANDS_WAITING_MAX.div_ceil(GROUP_MAX)).unwrap();
    assert!(bench.disk.log_syncs() - before <= 1 + groups);
    bench.desk.store.execute(bench.booking(3)).await.unwrap();
}

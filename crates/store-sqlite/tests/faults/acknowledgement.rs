//! Commit, then answer: neither an answer nor an event leaves before the log is on the disk.

use std::future::Future as _;
use std::task::{Context, Waker};

use domain::{RoutePlace, Seq};

use crate::bench::{Bench, is_failed, ledger_of, path_in};

#[tokio::test]
async fn nobody_is_told_anything_before_the_log_is_synced() {
    let mut bench = Bench::new().await;
    bench.disk.hold_syncs();
    let mut asked = bench.ask(bench.booking(1));
    bench.disk.wait_for_sync();
    // The writer waits in its sync: anything sent before would be here by now.
    assert!(asked.answer_by_now().is_none(), "answered before it was durable");
    assert_eq!(bench.told_by_now(), None, "told before it was durable");
    let head = bench.desk.store.head(bench.route).await.unwrap();
    assert_eq!(head, Some(RoutePlace::START), "seen before it was durable");
    bench.disk.release_syncs();
    let outcome = asked.answer().await.unwrap();
    let told = bench.told_by_now().expect("told before it was answered");
    assert_eq!(told[0].seat().unwrap().draft.ticket_id(), Some(outcome.ticket().ticket.id));
    assert_eq!(bench.reopened_ledger().await.live().count(), 1);
}

/// A commit that hangs is no error, and what is committed can still be read.
#[tokio::test]
async fn a_store_whose_commit_hangs_is_not_ready() {
    let bench = Bench::new().await;
    bench.desk.store.ready().await.unwrap();
    bench.disk.hold_syncs();
    let asked = bench.ask(bench.booking(1));
    bench.disk.wait_for_sync();
    let mut ready = std::pin::pin!(bench.desk.store.ready());
    let now = &mut Context::from_waker(Waker::noop());
    // It reads first, on another thread: a store that is well has answered when that is done.
    bench.desk.store.head(bench.route).await.unwrap();
    assert!(ready.as_mut().poll(now).is_pending(), "no sale can be made");
    bench.desk.store.head(bench.route).await.unwrap();
    assert!(ready.as_mut().poll(now).is_pending(), "no sale can be made");
    bench.disk.release_syncs();
    ready.await.unwrap();
    asked.answer().await.unwrap();
}

/// The control for the test above and for those that count: a commit is one sync of the log.
#[tokio::test]
async fn every_commit_syncs_the_log() {
    let bench = Bench::new().await;
    let before = bench.disk.log_syncs();
    for seat in 1..=10 {
        bench.desk.store.execute(bench.booking(seat)).await.unwrap();
    }
    assert_eq!(bench.disk.log_syncs() - before, 10);
}

#[tokio::test]
async fn a_failed_sync_fails_its_commands_and_tells_nobody() {
    let mut bench = Bench::new().await;
    bench.disk.fail_syncs(true);
    let failed: Vec<_> = (1..=5).map(|seat| bench.booking(seat)).collect();
    for command in failed {
        let answer = bench.desk.store.execute(command).await;
        assert!(is_failed(&answer), "{answer:?}");
    }
    assert_eq!(bench.told_by_now(), None);
    assert_eq!(bench.desk.store.head(bench.route).await.unwrap(), Some(RoutePlace::START));
    // The disk works again: so does the store, and the numbers have no hole.
    bench.disk.fail_syncs(false);
    let outcome = bench.desk.store.execute(bench.booking(1)).await.unwrap();
    let told = bench.told_by_now().unwrap();
    assert_eq!((told.len(), told[0].place().seq), (1, Seq::new(1)));
    let ledger = bench.reopened_ledger().await;
    assert_eq!(ledger.tickets.keys().copied().collect::<Vec<_>>(), [outcome.ticket().ticket.id]);
}

/// The bytes of a commit whose sync failed may still be on the disk: then a crash right after it
/// leaves all of the command or nothing, never half.
#[tokio::test]
async fn a_crash_after_a_failed_sync_leaves_all_or_nothing() {
    let bench = Bench::new().await;
    bench.disk.fail_syncs(true);
    assert!(is_failed(&bench.desk.store.execute(bench.booking(1)).await));
    let copy = tempfile::tempdir().unwrap();
    let (from, to) = (path_in(bench.folder.path()), path_in(copy.path()));
    for suffix in ["", "-wal"] {
        let file = |path: &std::path::Path| format!("{}{suffix}", path.display());
        std::fs::copy(file(&from), file(&to)).unwrap();
    }
    let ledger = ledger_of(&to).await;
    assert_eq!(ledger.tickets.len(), ledger.events[&bench.route].len());
    assert!(ledger.tickets.len() <= 1);
}

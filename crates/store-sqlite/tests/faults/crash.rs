//! `kill -9` at every moment: a child process dies in the middle of its first, second, third, …
//! change of a file, until one finishes. Its files are audited every time: everything that was
//! acknowledged is there, and nothing is there by half.
//!
//! Between two changes of a file the disk does not change, so this covers a crash between any two
//! statements, too. The thread that copies the log changes files in between, each time at other
//! moments; `power_cut` covers every one of those.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::TicketId;
use jiff::Timestamp;
use store::RouteFilter;
use store::contract::{Desk, EVERYTHING};

use crate::bench::{ledger_of, path_in};
use crate::disk::Disk;
use crate::power_cut::{LOG_PAGES, Working, work};

/// Set in a child: the database, and the change at which it dies.
const DATABASE: &str = "SEATWIRE_TEST_CRASH_DATABASE";
const DIES_AT: &str = "SEATWIRE_TEST_CRASH_DIES_AT";

const TEST: &str = "crash::a_process_killed_at_any_change_of_a_file_leaves_all_or_nothing";

/// Two at a time, as many as the smallest machine has cores.
const CHILDREN: u64 = 2;

/// A line that a child writes when a caller has its answer.
fn acknowledgement(ticket_id: TicketId, at: Timestamp) -> String {
    format!("acknowledged {ticket_id} {at}")
}

async fn child(database: &Path, dies_at: u64) {
    let disk = Disk::of(database);
    disk.die_at(dies_at);
    let (store, stream) = store_sqlite::open_with_log(database, LOG_PAGES).unwrap();
    drop(stream);
    let desk = Desk::at(Arc::new(store.clone()), 5_000);
    let routes = desk.store.routes(RouteFilter::default(), EVERYTHING).await.unwrap();
    let route = routes.items[0].route.id;
    let say = |line: String| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}").unwrap();
        out.flush().unwrap();
    };
    work(&desk, route, |ticket_id, at| say(acknowledgement(ticket_id, at))).await;
    drop(desk);
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
    say("done".to_owned());
}

/// Runs a child on a copy of the database and audits what it leaves. Returns whether it finished.
fn run_child(prepared: &Path, dies_at: u64) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let database = path_in(folder.path());
    std::fs::copy(prepared, &database).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([TEST, "--exact", "--nocapture"])
        .env(DATABASE, &database)
        .env(DIES_AT, dies_at.to_string())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let done = said.lines().any(|line| line == "done");
    assert_eq!(done, output.status.success(), "it ends by being killed, or well: {said}");

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ledger = runtime.block_on(ledger_of(&database));
    for line in said.lines() {
        let Some(told) = line.strip_prefix("acknowledged ") else { continue };
        let (ticket_id, at) = told.split_once(' ').unwrap();
        let ticket = &ledger.tickets.get(&ticket_id.parse().unwrap());
        let ticket = ticket.unwrap_or_else(|| panic!("{line}, but lost at {dies_at}"));
        assert!(ticket.updated_at >= at.parse().unwrap(), "{line}, but undone at {dies_at}");
    }
    done
}

#[test]
fn a_process_killed_at_any_change_of_a_file_leaves_all_or_nothing() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if let (Some(database), Ok(dies_at)) = (std::env::var_os(DATABASE), std::env::var(DIES_AT)) {
        return runtime().block_on(child(Path::new(&database), dies_at.parse().unwrap()));
    }
    let folder = tempfile::tempdir().unwrap();
    let prepared = path_in(folder.path());
    runtime().block_on(async {
        let working = Working::open(&prepared).await;
        working.close().await;
    });
    let next = AtomicU64::new(1);
    let got_through = AtomicU64::new(u64::MAX);
    std::thread::scope(|scope| {
        for _ in 0..CHILDREN {
            scope.spawn(|| {
                loop {
                    let dies_at = next.fetch_add(1, Ordering::Relaxed);
                    if dies_at >= got_through.load(Ordering::Relaxed) {
                        return;
                    }
                    if run_child(&prepared, dies_at) {
                        got_through.fetch_min(dies_at, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let deaths = got_through.load(Ordering::Relaxed) - 1;
    assert!(deaths > 30, "the work changes its files more often than that: {deaths}");
}

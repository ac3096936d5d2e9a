//! Power cuts: everything that SQLite did to its files is recorded, and for every moment the disk
//! is rebuilt as a power cut could have left it.
//!
//! The model: synced data stays; of the writes to a file since its last sync, any sector may have
//! reached the disk or not. A deletion counts as done. Each such disk is opened and audited:
//! everything that was acknowledged before that moment is there, and nothing by half.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::{Account, Command, RouteId, TicketId};
use jiff::{SignedDuration, Timestamp};
use store::contract::Desk;
use store::contract::desk::HOLD;
use store::contract::random::Random;
use store_sqlite::SqliteStore;

use crate::bench::{ledger_of, path_in};
use crate::disk::{Disk, Happened, Part};

/// What can be lost or kept on its own.
const SECTOR_BYTES: usize = 512;

/// A store at work, without a reader of its stream.
pub(crate) struct Working {
    pub(crate) desk: Desk,
    pub(crate) route: RouteId,
    handle: SqliteStore,
}

impl Working {
    pub(crate) async fn open(path: &Path) -> Self {
        let (handle, stream) = store_sqlite::open_with_log(path, LOG_PAGES).unwrap();
        drop(stream);
        let desk = Desk::at(Arc::new(handle.clone()), 1_000);
        desk.hire().await;
        let route = desk.route(SEATS).await;
        Self { desk, route, handle }
    }

    pub(crate) async fn close(self) {
        let Self { desk, handle, .. } = self;
        drop(desk);
        tokio::task::spawn_blocking(move || handle.close()).await.unwrap();
    }
}

/// Every kind of change of a ticket, one after the other, a second apart; `note` gets every answer.
pub(crate) async fn work(desk: &Desk, route: RouteId, note: impl Fn(TicketId, Timestamp)) {
    let mut desk = desk.clone();
    let mut ticket = TicketId(desk.id());
    for step in 0..9 {
        desk.now += SignedDuration::from_secs(1);
        let (customer, agent): (Account, Account) = (desk.customer, desk.agent);
        let book =
            |actor: Account, seat| desk.by(actor, Command::Book(desk.booking(route, seat, (0, 3))));
        let command = match step {
            0 | 6 => book(customer, 1),
            1 => desk.moving(customer, ticket, 2),
            2 => desk.confirming(agent, ticket),
            3 => desk.suspending(agent, ticket),
            4 => desk.confirming(customer, ticket),
            5 => desk.cancelling(customer, ticket),
            7 => desk.after(HOLD).expiring(ticket),
            _ => book(agent, 3),
        };
        let outcome = desk.execute(command).await.unwrap();
        ticket = outcome.ticket().ticket.id;
        note(ticket, outcome.ticket().ticket.updated_at);
    }
}

/// Short enough to be copied into the database, and to start again, while the work goes on.
pub(crate) const LOG_PAGES: i32 = 24;

const SEATS: u16 = 50;

/// Between two sales that wait for another thread: together longer than that thread waits for its
/// turn on a busy machine.
const PAUSE: Duration = Duration::from_millis(100);

/// By opening the database twice.
const LOGS_OPENED: usize = 2;

/// Everything that happens to the files of a new database from its first byte: its making, work
/// while the log goes into the database piece by piece, a clean end, and work again.
async fn record() -> Vec<Happened> {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let disk = Disk::of(&path);
    disk.record();
    let working = Working::open(&path).await;
    let route = working.route;
    work(&working.desk, route, |ticket_id, at| disk.acknowledged(ticket_id, at)).await;
    working.close().await;
    let (handle, stream) = store_sqlite::open_with_log(&path, LOG_PAGES).unwrap();
    drop(stream);
    let desk = Desk::at(Arc::new(handle.clone()), 5_000);
    // Many at once share their commits.
    let sales: Vec<_> = (4..=9)
        .map(|seat| {
            let (desk, disk) = (desk.clone(), Arc::clone(&disk));
            tokio::spawn(async move {
                let sold = desk.book(desk.agent, route, seat, (0, 3)).await.unwrap();
                disk.acknowledged(sold, desk.now);
            })
        })
        .collect();
    for sale in sales {
        sale.await.unwrap();
    }
    // The copy is another thread's: it takes some sales or some more until it is noticed.
    for seat in 10..=SEATS {
        if disk.logs_begun() > LOGS_OPENED {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        let sold = desk.book(desk.agent, route, seat, (0, 3)).await.unwrap();
        disk.acknowledged(sold, desk.now);
    }
    assert!(disk.logs_begun() > LOGS_OPENED, "no cut falls into a copy of the log");
    drop(desk);
    tokio::task::spawn_blocking(move || handle.close()).await.unwrap();
    disk.recorded()
}

/// What happens to the writes that were not synced.
#[derive(Clone, Copy, Debug)]
enum Unsynced {
    Lost,
    /// As when only the process dies.
    Kept,
    /// Each sector for itself, by a draw with this seed.
    Drawn(u64),
}

/// One file as the disk has it, and what only the operating system has of it.
#[derive(Clone, Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    unsynced: Vec<Happened>,
}

impl Kept {
    fn apply(&mut self, change: &Happened, mut reaches_disk: impl FnMut() -> bool) {
        match change {
            Happened::Write { offset, bytes, .. } => {
                for (index, sector) in bytes.chunks(SECTOR_BYTES).enumerate() {
                    if !reaches_disk() {
                        continue;
                    }
                    let start = offset + index * SECTOR_BYTES;
                    let end = start + sector.len();
                    self.bytes.resize(self.bytes.len().max(end), 0);
                    self.bytes[start..end].copy_from_slice(sector);
                }
            }
            Happened::Truncate { size, .. } if reaches_disk() => self.bytes.resize(*size, 0),
            _ => {}
        }
    }

    fn sync(&mut self) {
        for change in std::mem::take(&mut self.unsynced) {
            self.apply(&change, || true);
        }
    }
}

/// The files after a cut at the end of what happened.
fn files_after(happened: &[Happened], unsynced: Unsynced) -> BTreeMap<Part, Vec<u8>> {
    let mut files: BTreeMap<Part, Kept> = BTreeMap::new();
    for line in happened {
        match line {
            Happened::Write { part, .. } | Happened::Truncate { part, .. } => {
                files.entry(*part).or_default().unsynced.push(line.clone());
            }
            Happened::Sync { part } => files.entry(*part).or_default().sync(),
            Happened::Delete { part } => drop(files.remove(part)),
            Happened::Acknowledged { .. } => {}
        }
    }
    let mut random = Random::new(match unsynced {
        Unsynced::Drawn(seed) => seed,
        Unsynced::Lost | Unsynced::Kept => 0,
    });
    let mut reaches_disk = || match unsynced {
        Unsynced::Lost => false,
        Unsynced::Kept => true,
        Unsynced::Drawn(_) => random.below(2) == 0,
    };
    files
        .into_iter()
        .map(|(part, mut file)| {
            for change in std::mem::take(&mut file.unsynced) {
                file.apply(&change, &mut reaches_disk);
            }
            (part, file.bytes)
        })
        .collect()
}

/// Opens what the cut left and compares it with what was acknowledged.
fn check_cut(happened: &[Happened], unsynced: Unsynced) {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    for (part, bytes) in files_after(happened, unsynced) {
        std::fs::write(format!("{}{}", path.display(), part.suffix()), bytes).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ledger = runtime.block_on(ledger_of(&path));
    for line in happened {
        if let Happened::Acknowledged { ticket_id, at } = line {
            let ticket = ledger.tickets.get(ticket_id);
            let stands = ticket.is_some_and(|ticket| ticket.updated_at >= *at);
            assert!(stands, "acknowledged, but lost by the cut ({unsynced:?}): {ticket:?}");
        }
    }
}

/// Every moment of the record, on as many threads as the smallest machine has cores.
fn check_every_cut(happened: &[Happened], unsynced: impl Fn(usize) -> Unsynced + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let end = next.fetch_add(1, Ordering::Relaxed);
                        if end > happened.len() {
                            return;
                        }
                        check_cut(&happened[..end], unsynced(end));
                    }
                })
            })
            .collect();
        for thread in threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_that_loses_what_was_not_synced_leaves_all_or_nothing() {
    check_every_cut(&record().await, |_| Unsynced::Lost);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_that_keeps_what_was_not_synced_leaves_all_or_nothing() {
    check_every_cut(&record().await, |_| Unsynced::Kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_that_keeps_some_sectors_leaves_all_or_nothing() {
    check_every_cut(&record().await, |end| Unsynced::Drawn(u64::try_from(end).unwrap()));
}

/// The negative control: a store that did not sync its log would lose what it acknowledged, and
/// these tests would notice.
#[tokio::test(flavor = "multi_thread")]
async fn without_its_syncs_the_loss_is_noticed() {
    let mut happened = record().await;
    happened.retain(|line| !matches!(line, Happened::Sync { part: Part::Log }));
    let check = move || check_every_cut(&happened, |_| Unsynced::Lost);
    let failure = tokio::task::spawn_blocking(check).await.expect_err("lost, unnoticed");
    let panic = failure.into_panic();
    let message = panic.downcast_ref::<String>().expect("an assertion's message");
    assert!(message.contains("acknowledged, but lost"), "it failed for another reason: {message}");
}

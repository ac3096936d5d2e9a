//! From the write-ahead log into the database file, beside the writer instead of within a sale.
//!
//! SQLite by itself copies the log every thousand pages, in the commit that comes to them: that
//! commit, and all that wait behind it, take several times as long. Here the log may grow longer, so
//! that pages which are written over and over are copied once; a thread of its own copies them; and
//! the writer copies only what came meanwhile, between two groups. That much it must do itself: the
//! log begins anew only with a write that finds all of it copied, and while others copy it goes on
//! growing.
//!
//! Nothing here is needed for a commit to last: that is the log's own sync. A copy that fails is made
//! up for by the next.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

/// Pages by which the log grows before they are copied: 32 MiB of disk, and a tenth of a second to
/// read them after a crash.
pub const LOG_PAGES: i32 = 8_192;

/// A copy of fewer pages is left to the writer: they take it about as long as the sync that follows.
const FEW_PAGES: i32 = 512;

/// Copies one after the other, each of what came during the one before, until they are few.
const PASSES_MAX: usize = 3;

thread_local! {
    /// SQLite tells a function that has nothing to keep it in; the connection stays on its thread.
    static PAGES: Cell<i32> = const { Cell::new(0) };
}

/// The writer's side of the thread that copies. The thread ends with it.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    is_copied: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    log_pages: i32,
    /// How long the log was when it was last asked for.
    asked_at: i32,
}

impl Checkpointer {
    /// `copying`: a connection of its own to the same file.
    pub(crate) fn start(copying: Connection, log_pages: i32) -> io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let is_copied = Arc::new(AtomicBool::new(false));
        let tell = Arc::clone(&is_copied);
        let thread = std::thread::Builder::new()
            .name("store-checkpointer".to_owned())
            .spawn(move || copy_when_woken(&copying, &woken, &tell))?;
        Ok(Self { wake: Some(wake), is_copied, thread: Some(thread), log_pages, asked_at: 0 })
    }

    /// To be called on the writer's thread, before it writes: SQLite no longer copies by itself.
    pub(crate) fn take_over(writing: &Connection) {
        writing.wal_hook(Some(|_, pages| {
            PAGES.set(pages);
            Ok(())
        }));
    }

    /// To be called on the writer's thread when a group is answered, and before the next.
    pub(crate) fn after_group(&mut self, writing: &Connection) {
        let pages = PAGES.get();
        if pages < self.asked_at {
            self.asked_at = 0;
        }
        if self.is_copied.swap(false, Ordering::Acquire) {
            copy(writing);
        } else if pages >= self.asked_at.saturating_add(self.log_pages)
            && self.wake.as_ref().is_some_and(|wake| wake.try_send(()).is_ok())
        {
            self.asked_at = pages;
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that copies the write-ahead log had panicked");
        }
    }
}

fn copy_when_woken(copying: &Connection, woken: &Receiver<()>, is_copied: &AtomicBool) {
    while woken.recv().is_ok() {
        let mut before = 0;
        for _ in 0..PASSES_MAX {
            let Some(copied) = copy(copying) else { break };
            if copied.saturating_sub(before) < FEW_PAGES {
                break;
            }
            before = copied;
        }
        is_copied.store(true, Ordering::Release);
    }
}

/// How many of the log's pages are copied now, by this and earlier calls; waits for nobody, and leaves
/// what a reader still needs as it was.
fn copy(connection: &Connection) -> Option<i32> {
    let copied = connection
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|mut passive| passive.query_row([], |row| row.get("checkpointed")));
    copied
        .inspect_err(|error| {
            tracing::warn!(%error, "the write-ahead log could not be copied and goes on growing");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;
    use crate::open::prepared;

    const SHORT_LOG: i32 = 200;
    /// More than enough of them for the log to begin anew several times.
    const GROUPS: usize = 2_000;
    const GROUP_PAGES: usize = 4;

    type Any = Box<dyn std::error::Error>;

    fn connection(folder: &TempDir) -> rusqlite::Result<Connection> {
        prepared(Connection::open(folder.path().join("log.db"))?)
    }

    fn table(folder: &TempDir) -> rusqlite::Result<Connection> {
        let writing = connection(folder)?;
        Checkpointer::take_over(&writing);
        writing.execute_batch("CREATE TABLE rows (data BLOB NOT NULL)")?;
        Ok(writing)
    }

    fn group(writing: &Connection) -> rusqlite::Result<()> {
        let sql = "INSERT INTO rows VALUES (zeroblob(?))";
        writing.prepare_cached(sql)?.execute([GROUP_PAGES * 4_096]).map(drop)
    }

    fn log_bytes(folder: &Path) -> std::io::Result<u64> {
        Ok(std::fs::metadata(folder.join("log.db-wal"))?.len())
    }

    /// Groups until the log was found to begin anew that many times.
    fn groups_until(
        writing: &Connection,
        checkpointer: &mut Checkpointer,
        anew: usize,
    ) -> rusqlite::Result<usize> {
        let (mut groups, mut seen) = (0, 0);
        while seen < anew && groups < GROUPS {
            let before = PAGES.get();
            group(writing)?;
            seen += usize::from(PAGES.get() < before);
            checkpointer.after_group(writing);
            groups += 1;
        }
        Ok(groups)
    }

    #[test]
    fn the_log_begins_anew_under_a_writer_that_never_rests() -> Result<(), Any> {
        let folder = tempfile::tempdir()?;
        let writing = table(&folder)?;
        let mut checkpointer = Checkpointer::start(connection(&folder)?, SHORT_LOG)?;
        let groups = groups_until(&writing, &mut checkpointer, 3)?;
        assert!(groups < GROUPS, "it never began anew");
        drop(checkpointer);
        let all = u64::try_from(groups * GROUP_PAGES * 4_096)?;
        assert!(log_bytes(folder.path())? < all, "the log holds all that was ever written");
        Ok(())
    }

    #[test]
    fn what_a_reader_looks_at_stays_and_the_log_waits_for_it() -> Result<(), Any> {
        let folder = tempfile::tempdir()?;
        let writing = table(&folder)?;
        let reading = connection(&folder)?;
        reading.execute_batch("BEGIN")?;
        let rows = |connection: &Connection| -> rusqlite::Result<usize> {
            connection.query_row("SELECT count(*) FROM rows", [], |row| row.get(0))
        };
        assert_eq!(rows(&reading)?, 0);

        let mut checkpointer = Checkpointer::start(connection(&folder)?, SHORT_LOG)?;
        assert_eq!(groups_until(&writing, &mut checkpointer, 1)?, GROUPS);
        assert_eq!(rows(&reading)?, 0);

        reading.execute_batch("COMMIT")?;
        let more = groups_until(&writing, &mut checkpointer, 1)?;
        assert!(more < GROUPS, "nobody reads any more and it never began anew");
        assert_eq!(rows(&reading)?, GROUPS + more);
        Ok(())
    }
}

//! From the write-ahead log into the database file, beside the writer and not within a sale.
//!
//! SQLite by itself copies the log every thousand pages, in the commit that reaches them: that
//! commit, and all that wait behind it, take several times as long. Here the log may grow longer,
//! so that pages which are written again and again are copied once, and a thread of its own copies
//! and syncs them. The writer only starts the log again, between two groups, and copies the little
//! that came meanwhile: while it writes, no other thread can.
//!
//! The log starts again only when no one reads in it. A query takes milliseconds, and the writer
//! waits for it a little; while a longer reader (a backup) runs, the log goes on growing.
//!
//! Nothing here is needed for a commit to last: that is the log's own sync. After a copy that
//! fails, the next one copies its pages too.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::database_file::DatabaseFile;
use crate::pragmas::{BUSY_WAIT, LOG_PAGES};

/// From this length on, the log says that a reader keeps it from starting again.
const LOG_PAGES_LONG: i32 = 16 * LOG_PAGES;

/// The writer itself copies up to this many pages: that takes about as long as the sync that
/// follows.
const FEW_PAGES: i32 = 512;

/// Copies in a row, each of the pages that came during the one before, until few are left.
const PASSES_MAX: usize = 3;

/// How long the writer waits for readers of the log.
const READERS_WAIT: Duration = Duration::from_millis(10);

thread_local! {
    /// SQLite reports it to a function without state; the connection stays on its thread.
    static PAGES: Cell<i32> = const { Cell::new(0) };
    static COMMITS: Cell<u64> = const { Cell::new(0) };
}

/// The writer's side of the thread that copies. The thread ends with it.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    is_copied: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    log_pages: i32,
    /// How long the log was when a copy was last asked for.
    asked_at: i32,
}

impl Checkpointer {
    /// `copying`: a connection of its own to the same file.
    pub(crate) fn start(
        copying: Connection,
        database: Arc<DatabaseFile>,
        log_pages: i32,
    ) -> io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let is_copied = Arc::new(AtomicBool::new(false));
        let tell = Arc::clone(&is_copied);
        let thread = std::thread::Builder::new()
            .name("store-checkpointer".to_owned())
            .spawn(move || copy_when_woken(&copying, &database, &woken, &tell))?;
        Ok(Self { wake: Some(wake), is_copied, thread: Some(thread), log_pages, asked_at: 0 })
    }

    /// Turns off SQLite's own copying. To be called on the writer's thread, before it writes.
    pub(crate) fn take_over(writing: &Connection) {
        writing.wal_hook(Some(|_, pages| {
            PAGES.set(pages);
            COMMITS.set(COMMITS.get().wrapping_add(1));
            Ok(())
        }));
    }

    /// How many commits of the writer have put something into the log: one that changes nothing
    /// writes nothing. To be called on its thread.
    pub(crate) fn commits() -> u64 {
        COMMITS.get()
    }

    /// Copies all of the log into the database, when the log's file is about to be lost: then the
    /// next process finds all acknowledged commits there. To be called on the writer's thread.
    pub(crate) fn save_log(writing: &Connection) {
        begin_anew(writing);
    }

    /// To be called on the writer's thread when a group is answered, and before the next.
    pub(crate) fn after_group(&mut self, writing: &Connection) {
        let pages = PAGES.get();
        if pages < self.asked_at {
            self.asked_at = 0;
        }
        if self.is_copied.swap(false, Ordering::Acquire) {
            begin_anew(writing);
        } else if pages >= self.asked_at.saturating_add(self.log_pages) {
            match self.wake.as_ref().map(|wake| wake.try_send(())) {
                // The thread has not even begun the copy that it was asked for before.
                Some(Err(TrySendError::Full(()))) => return,
                Some(Ok(())) => {}
                Some(Err(TrySendError::Disconnected(()))) | None => begin_anew(writing),
            }
            self.asked_at = pages;
            if pages >= LOG_PAGES_LONG {
                tracing::warn!(
                    pages,
                    "somebody reads for long; the write-ahead log goes on growing"
                );
            }
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

fn copy_when_woken(
    copying: &Connection,
    database: &DatabaseFile,
    woken: &Receiver<()>,
    is_copied: &AtomicBool,
) {
    while woken.recv().is_ok() {
        // SQLite leaves the sync to the one that copies the last page, and that is the writer.
        let copied =
            copy(copying).map_err(io::Error::other).and_then(|left| database.sync().map(|()| left));
        match copied {
            Ok(left) => is_copied.store(left < FEW_PAGES, Ordering::Release),
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be copied"),
        }
    }
}

/// Returns how many pages are left: those that came last, and those that a reader keeps from being
/// copied.
fn copy(copying: &Connection) -> rusqlite::Result<i32> {
    let mut left = i32::MAX;
    for _ in 0..PASSES_MAX {
        let before = left;
        left = checkpoint(copying, "PRAGMA wal_checkpoint(PASSIVE)")?;
        if left < FEW_PAGES || left >= before {
            break;
        }
    }
    Ok(left)
}

/// Copies what is left and lets the next group start the log again, unless a reader stays in it for
/// longer than the writer waits.
fn begin_anew(writing: &Connection) {
    let begun = writing
        .busy_timeout(READERS_WAIT)
        .and_then(|()| checkpoint(writing, "PRAGMA wal_checkpoint(RESTART)"));
    if let Err(error) = begun.and(writing.busy_timeout(BUSY_WAIT)) {
        tracing::warn!(%error, "the write-ahead log could not begin anew and goes on growing");
    }
}

/// Returns how many pages of the log are not copied; unknown while another program copies them.
fn checkpoint(connection: &Connection, sql: &str) -> rusqlite::Result<i32> {
    connection.prepare_cached(sql)?.query_row([], |row| {
        let (log, copied): (i32, i32) = (row.get("log")?, row.get("checkpointed")?);
        Ok(if log < 0 { i32::MAX } else { log - copied })
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Instant;

    use tempfile::TempDir;

    use super::*;
    use crate::pragmas::prepared;

    const SHORT_LOG: i32 = 200;
    const GROUPS: usize = 2_000;
    const GROUP_PAGES: usize = 4;

    type Any = Box<dyn std::error::Error>;

    /// Longer than a thread waits for its turn on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(60);

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

    fn checkpointer(folder: &TempDir) -> Result<Checkpointer, Any> {
        let file = Arc::new(DatabaseFile::open_beside(&folder.path().join("log.db"))?);
        Ok(Checkpointer::start(connection(folder)?, file, SHORT_LOG)?)
    }

    /// Writes one more group. Returns whether the log started again with it.
    fn one(writing: &Connection, checkpointer: &mut Checkpointer) -> rusqlite::Result<bool> {
        let before = PAGES.get();
        group(writing)?;
        let has_begun = PAGES.get() < before;
        checkpointer.after_group(writing);
        Ok(has_begun)
    }

    /// How many groups it took until the log had started again this often.
    fn groups_until(
        writing: &Connection,
        checkpointer: &mut Checkpointer,
        anew: usize,
    ) -> Result<usize, Any> {
        let start = Instant::now();
        let (mut groups, mut seen) = (0, 0);
        while seen < anew {
            if start.elapsed() > PATIENCE {
                return Err(format!("it began anew {seen} times in {groups} groups").into());
            }
            seen += usize::from(one(writing, checkpointer)?);
            groups += 1;
        }
        Ok(groups)
    }

    fn rows(connection: &Connection) -> rusqlite::Result<usize> {
        connection.query_row("SELECT count(*) FROM rows", [], |row| row.get(0))
    }

    #[test]
    fn the_log_begins_anew_under_a_writer_that_never_rests() -> Result<(), Any> {
        let folder = tempfile::tempdir()?;
        let writing = table(&folder)?;
        let mut checkpointer = checkpointer(&folder)?;
        let start = Instant::now();
        let mut groups = groups_until(&writing, &mut checkpointer, 3)?;
        // The file stays as long as its longest turn, in which the thread that copies may have had
        // no core for a while; what is written in all soon exceeds it.
        while u64::try_from(groups * GROUP_PAGES * 4_096)? <= log_bytes(folder.path())? {
            assert!(start.elapsed() < PATIENCE, "the log holds all that was ever written");
            groups += groups_until(&writing, &mut checkpointer, 1)?;
        }
        Ok(())
    }

    #[test]
    fn what_a_reader_looks_at_stays_and_the_log_waits_for_it() -> Result<(), Any> {
        let folder = tempfile::tempdir()?;
        let writing = table(&folder)?;
        let reading = connection(&folder)?;
        reading.execute_batch("BEGIN")?;
        assert_eq!(rows(&reading)?, 0);

        let mut checkpointer = checkpointer(&folder)?;
        for _ in 0..GROUPS {
            assert!(!one(&writing, &mut checkpointer)?, "it began anew under its reader");
        }
        assert_eq!(rows(&reading)?, 0);

        reading.execute_batch("COMMIT")?;
        let more = groups_until(&writing, &mut checkpointer, 1)?;
        assert_eq!(rows(&reading)?, GROUPS + more);
        Ok(())
    }

    /// At every moment one of them reads; each is short.
    #[test]
    fn readers_who_take_turns_do_not_keep_the_log_from_beginning_anew() -> Result<(), Any> {
        let folder = tempfile::tempdir()?;
        let writing = table(&folder)?;
        let readers: Vec<_> = (0..4).map(|_| connection(&folder)).collect::<Result<_, _>>()?;
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for reading in readers {
                scope.spawn(|| {
                    let reading = reading;
                    while !is_over.load(Ordering::Relaxed) {
                        let read = reading.execute_batch("BEGIN").and_then(|()| rows(&reading));
                        std::thread::sleep(Duration::from_millis(2));
                        assert!(read.and(reading.execute_batch("COMMIT")).is_ok());
                    }
                });
            }
            let began = checkpointer(&folder)
                .and_then(|mut checkpointer| groups_until(&writing, &mut checkpointer, 3));
            is_over.store(true, Ordering::Relaxed);
            began.map(drop)
        })
    }

    #[test]
    fn without_the_thread_that_copies_the_writer_does_it() -> Result<(), Any> {
        let folder = tempfile::tempdir()?;
        let writing = table(&folder)?;
        let mut checkpointer = checkpointer(&folder)?;
        let (wake, woken) = sync_channel(1);
        drop(woken);
        checkpointer.wake = Some(wake);
        groups_until(&writing, &mut checkpointer, 2).map(drop)
    }

    /// Before 3.51.3, two connections that copy while the log starts again could damage the file.
    #[test]
    fn sqlite_is_new_enough_for_two_that_copy() {
        assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
    }
}

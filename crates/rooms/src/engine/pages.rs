//! Pages of older events, read from history for viewers that have fallen behind a log.
//!
//! Pages begin at fixed ordinals, so that all viewers behind the same events need the same pages; a
//! full page never changes, and the newest few are kept. A hundred viewers that wake together read
//! and encode each event once, not a hundred times.
//!
//! Viewers that catch up take turns, few at a time: their work must not delay a pass.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::log::entry::Entry;
use crate::log::gauge::Gauge;
use crate::log::shared_log::SharedLog;
use crate::values::history::{History, HistoryError};
use crate::values::limits::Limits;

pub(crate) struct Pages {
    history: Arc<dyn History>,
    page_events_max: usize,
    kept_max: usize,
    kept_bytes_max: usize,
    /// Pages read so far.
    reads: AtomicU64,
    turns: Semaphore,
    /// Bytes of pages do not count for logs: else they would make a log drop events that others
    /// still read there.
    gauge: Arc<Gauge>,
    kept: Mutex<VecDeque<Kept>>,
}

struct Kept {
    log: Weak<SharedLog>,
    after: u64,
    entries: Entries,
}

type Entries = Arc<[Arc<Entry>]>;

impl Pages {
    pub(crate) fn new(limits: &Limits, history: Arc<dyn History>) -> Self {
        Self {
            history,
            page_events_max: limits.page_events_max,
            kept_max: limits.pages_kept_max,
            kept_bytes_max: limits.pages_kept_bytes_max,
            reads: AtomicU64::new(0),
            turns: Semaphore::new(limits.pages_at_once_max),
            gauge: Arc::default(),
            kept: Mutex::default(),
        }
    }

    /// To be held until a viewer has its page. `None` if there are no turns any more.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// Bytes that pages hold now: those of viewers that are catching up, and those that are kept.
    pub(crate) fn bytes(&self) -> usize {
        self.gauge.bytes()
    }

    /// Pages that were read from history so far.
    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// The next events of a room behind `after`, up to the end of the page that they are on.
    pub(crate) async fn read(
        &self,
        log: &Arc<SharedLog>,
        after: u64,
    ) -> Result<VecDeque<Arc<Entry>>, HistoryError> {
        let limit = self.page_events_max;
        let start = after - after % limit as u64;
        let end = start + limit as u64;
        let is_full = end <= log.lock().head().ordinal;
        let shared = if is_full { self.shared(log, start, end).await? } else { None };
        match shared {
            Some(entries) => {
                Ok(entries.iter().filter(|entry| entry.ordinal() > after).cloned().collect())
            }
            // No other viewer needs it, so only the wanted events are read.
            None => Ok(self.fetch(log, after).await?.into()),
        }
    }

    /// A full page, kept, or read once for all viewers that want it; `None` if the history gives
    /// less at a time.
    async fn shared(
        &self,
        log: &Arc<SharedLog>,
        start: u64,
        end: u64,
    ) -> Result<Option<Entries>, HistoryError> {
        if let Some(entries) = self.find(log, start) {
            return Ok(Some(entries));
        }
        let _alone = log.reading.lock().await;
        if let Some(entries) = self.find(log, start) {
            return Ok(Some(entries));
        }
        let entries: Entries = self.fetch(log, start).await?.into();
        if entries.last().is_none_or(|entry| entry.ordinal() != end) {
            return Ok(None);
        }
        self.keep(log, start, &entries);
        Ok(Some(entries))
    }

    async fn fetch(&self, log: &SharedLog, after: u64) -> Result<Vec<Arc<Entry>>, HistoryError> {
        let limit = self.page_events_max;
        let events = self.history.read(&log.name, after, limit).await?;
        self.reads.fetch_add(1, Ordering::Relaxed);
        Ok(events.into_iter().map(|event| Entry::new(event, &self.gauge)).collect())
    }

    fn find(&self, log: &Arc<SharedLog>, after: u64) -> Option<Entries> {
        let kept = self.kept.lock();
        kept.iter().find(|page| page.is(log, after)).map(|page| Arc::clone(&page.entries))
    }

    fn keep(&self, log: &Arc<SharedLog>, after: u64, entries: &Entries) {
        let page = Kept { log: Arc::downgrade(log), after, entries: Arc::clone(entries) };
        let mut kept = self.kept.lock();
        kept.push_back(page);
        while kept.len() > self.kept_max || self.gauge.bytes() > self.kept_bytes_max {
            // Pages that viewers still hold count too, and are freed only by them.
            if kept.pop_front().is_none() {
                break;
            }
        }
    }

    /// The room is empty now.
    pub(crate) fn forget(&self, log: &Arc<SharedLog>) {
        self.kept.lock().retain(|page| !page.is_of(log));
    }
}

impl Kept {
    fn is(&self, log: &Arc<SharedLog>, after: u64) -> bool {
        self.after == after && self.is_of(log)
    }

    fn is_of(&self, log: &Arc<SharedLog>) -> bool {
        std::ptr::eq(self.log.as_ptr(), &**log)
    }
}

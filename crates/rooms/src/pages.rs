//! Pages of older events, read from history for viewers that have fallen behind a log.
//!
//! Pages begin at fixed ordinals, so that all who read on behind the same events want the same pages; one
//! that is full never changes, and the newest few are kept. A hundred viewers that wake together
//! read and encode each event once, not a hundred times beside those who watch what happens now.
//!
//! Who catches up takes turns, few at a time: their work is not to stand in the way of a pass.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::entry::{Entry, Gauge};
use crate::history::HistoryError;
use crate::hub::Engine;
use crate::limits::Limits;
use crate::room::Room;

#[derive(Debug)]
pub(crate) struct Pages {
    turns: Semaphore,
    /// What pages hold is not a log's: it must not make a log give up what others still read there.
    gauge: Arc<Gauge>,
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    room: Weak<Room>,
    after: u64,
    entries: Entries,
}

type Entries = Arc<[Arc<Entry>]>;

impl Pages {
    pub(crate) fn new(at_once_max: usize) -> Self {
        let turns = Semaphore::new(at_once_max);
        Self { turns, gauge: Arc::default(), kept: Mutex::default() }
    }

    /// To be held until a viewer has what it has asked for. `None` if there are no more turns.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// Bytes that pages hold now: those of viewers that are catching up, and those that are kept.
    pub(crate) fn bytes(&self) -> usize {
        self.gauge.bytes()
    }

    /// The next events of a room behind `after`, up to the end of the page that they are on.
    pub(crate) async fn read(
        &self,
        engine: &Engine,
        room: &Arc<Room>,
        after: u64,
    ) -> Result<VecDeque<Arc<Entry>>, HistoryError> {
        let limit = engine.limits.page_events_max;
        let start = after - after % limit as u64;
        let end = start + limit as u64;
        let is_full = end <= room.core.lock().log.head().ordinal;
        let shared = if is_full { self.shared(engine, room, start, end).await? } else { None };
        match shared {
            Some(entries) => {
                Ok(entries.iter().filter(|entry| entry.ordinal() > after).cloned().collect())
            }
            // Nobody else's, so only what is asked for is read.
            None => Ok(self.fetch(engine, room, after).await?.into()),
        }
    }

    /// A full page, one of those that are kept or read for all who want it; `None` if the history gives
    /// less at a time.
    async fn shared(
        &self,
        engine: &Engine,
        room: &Arc<Room>,
        start: u64,
        end: u64,
    ) -> Result<Option<Entries>, HistoryError> {
        if let Some(entries) = self.find(room, start) {
            return Ok(Some(entries));
        }
        let _alone = room.reaching.lock().await;
        if let Some(entries) = self.find(room, start) {
            return Ok(Some(entries));
        }
        let entries: Entries = self.fetch(engine, room, start).await?.into();
        if entries.last().is_none_or(|entry| entry.ordinal() != end) {
            return Ok(None);
        }
        self.keep(&engine.limits, room, start, &entries);
        Ok(Some(entries))
    }

    async fn fetch(
        &self,
        engine: &Engine,
        room: &Room,
        after: u64,
    ) -> Result<Vec<Arc<Entry>>, HistoryError> {
        let limit = engine.limits.page_events_max;
        let events = engine.history.read(&room.name, after, limit).await?;
        engine.counters.pages.fetch_add(1, Ordering::Relaxed);
        Ok(events.into_iter().map(|event| Entry::new(event, &self.gauge)).collect())
    }

    fn find(&self, room: &Arc<Room>, after: u64) -> Option<Entries> {
        let kept = self.kept.lock();
        kept.iter().find(|page| page.is(room, after)).map(|page| Arc::clone(&page.entries))
    }

    fn keep(&self, limits: &Limits, room: &Arc<Room>, after: u64, entries: &Entries) {
        let page = Kept { room: Arc::downgrade(room), after, entries: Arc::clone(entries) };
        let mut kept = self.kept.lock();
        kept.push_back(page);
        let (most, bytes_most) = (limits.pages_kept_max, limits.pages_kept_bytes_max);
        while kept.len() > most || self.gauge.bytes() > bytes_most {
            // What viewers still hold counts, too, and goes only with them.
            if kept.pop_front().is_none() {
                break;
            }
        }
    }

    /// Nobody is in the room any more.
    pub(crate) fn forget(&self, room: &Arc<Room>) {
        self.kept.lock().retain(|page| !page.is_of(room));
    }
}

impl Kept {
    fn is(&self, room: &Arc<Room>, after: u64) -> bool {
        self.after == after && self.is_of(room)
    }

    fn is_of(&self, room: &Arc<Room>) -> bool {
        std::ptr::eq(self.room.as_ptr(), &**room)
    }
}

//! Pages of older events, read from history for viewers that have fallen behind a log.
//!
//! Pages begin at fixed seqs, so that all who read on behind the same events want the same pages; one
//! that is full never changes, and the newest few are kept. A hundred viewers that wake together
//! read and encode each event once, not a hundred times beside those who watch what happens now.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

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
    recent: Mutex<VecDeque<Recent>>,
    kept_max: usize,
}

#[derive(Debug)]
struct Recent {
    room: Weak<Room>,
    after: u64,
    entries: Arc<[Arc<Entry>]>,
}

impl Pages {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            turns: Semaphore::new(limits.pages_at_once_max),
            gauge: Arc::default(),
            recent: Mutex::default(),
            kept_max: limits.pages_kept_max,
        }
    }

    /// Bytes that pages hold now, those of single viewers and those kept for the next.
    pub(crate) fn bytes(&self) -> usize {
        self.gauge.bytes()
    }

    fn find(&self, room: &Arc<Room>, after: u64) -> Option<Arc<[Arc<Entry>]>> {
        let recent = self.recent.lock();
        let is_it =
            |page: &&Recent| page.after == after && std::ptr::eq(page.room.as_ptr(), &**room);
        recent.iter().find(is_it).map(|page| Arc::clone(&page.entries))
    }

    fn keep(&self, room: &Arc<Room>, after: u64, entries: &Arc<[Arc<Entry>]>) {
        let page = Recent { room: Arc::downgrade(room), after, entries: Arc::clone(entries) };
        let mut recent = self.recent.lock();
        recent.push_back(page);
        while recent.len() > self.kept_max {
            recent.pop_front();
        }
    }
}

/// The next events of a room behind `after`, up to the end of the page that they are on. Waits for a
/// turn if they have to be read. `None` if they are no longer wanted by then.
pub(crate) async fn read(
    engine: &Engine,
    room: &Arc<Room>,
    after: u64,
    is_wanted: impl Fn() -> bool,
) -> Result<Option<VecDeque<Arc<Entry>>>, HistoryError> {
    let limit = engine.limits.page_events_max;
    let start = after - after % limit as u64;
    let pages = &engine.pages;
    let entries = match pages.find(room, start) {
        Some(entries) => entries,
        None => {
            let Ok(_turn) = pages.turns.acquire().await else { return Ok(None) };
            if !is_wanted() {
                return Ok(None);
            }
            match pages.find(room, start) {
                Some(entries) => entries,
                None => {
                    let events = engine.history.read(&room.name, start, limit).await?;
                    engine.counters.pages.fetch_add(1, Ordering::Relaxed);
                    let entries: Arc<[_]> =
                        events.into_iter().map(|event| Entry::new(event, &pages.gauge)).collect();
                    if entries.len() == limit {
                        pages.keep(room, start, &entries);
                    }
                    entries
                }
            }
        }
    };
    Ok(Some(entries.iter().filter(|entry| entry.seq > after).cloned().collect()))
}

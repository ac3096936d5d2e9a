//! What the viewers, rooms and tasks of one hub share, without the rooms themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cursor::terms::Terms;
use crate::engine::pages::Pages;
use crate::engine::tasks::Tasks;
use crate::log::gauge::Gauge;
use crate::log::published::Published;
use crate::values::counters::{CloseReason, Counters, Stats};
use crate::values::history::History;
use crate::values::limits::Limits;

pub(crate) struct Services {
    pub(crate) terms: Terms,
    pub(crate) history: Arc<dyn History>,
    pub(crate) counters: Counters,
    /// Of all logs together.
    pub(crate) logs: Arc<Gauge>,
    pub(crate) pages: Pages,
    pub(crate) tasks: Tasks,
    viewers: AtomicUsize,
}

impl Services {
    pub(crate) fn new(limits: Limits, history: Arc<dyn History>, published: Published) -> Self {
        let limits = limits.at_least_one();
        Self {
            pages: Pages::new(&limits, Arc::clone(&history)),
            terms: Terms { limits, published },
            history,
            counters: Counters::default(),
            logs: Arc::default(),
            tasks: Tasks::new(),
            viewers: AtomicUsize::new(0),
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.terms.limits
    }

    pub(crate) fn published(&self) -> &Published {
        &self.terms.published
    }

    /// Counts one more viewer; false if there are as many as allowed.
    pub(crate) fn connected(&self) -> bool {
        let max = self.terms.limits.viewers_max;
        let more = |viewers| (viewers < max).then_some(viewers + 1);
        self.viewers.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok()
    }

    /// Once for every viewer that was counted.
    pub(crate) fn disconnected(&self, reason: CloseReason) {
        self.viewers.fetch_sub(1, Ordering::AcqRel);
        self.counters.closed(reason);
    }

    /// The counters now, without the number of rooms.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = Stats {
            viewers: self.viewers.load(Ordering::Relaxed),
            log_bytes: self.logs.bytes(),
            page_bytes: self.pages.bytes(),
            pages: self.pages.reads(),
            ..Stats::default()
        };
        self.counters.fill(&mut stats);
        stats
    }
}

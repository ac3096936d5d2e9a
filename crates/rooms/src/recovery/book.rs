//! The book of sessions: which connection has which, and which wait for their clients until when.
//!
//! A session is live or waits, never both; taking it over is one step under the book's lock.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::keeper::{Keeper, KeptSession};
use super::returning::Returning;

/// A session that waits for its client.
struct Waiting<K: Keeper> {
    deadline: Instant,
    /// It was never written down: there is nothing in it but who it is.
    unsaved: Option<KeptSession<K>>,
    /// Who had it last in this process, and may still be writing it down.
    last: Option<Arc<Returning<K>>>,
}

pub(super) struct Book<K: Keeper> {
    live: HashMap<K::Key, Arc<Returning<K>>>,
    waiting: HashMap<K::Key, Waiting<K>>,
    /// In the order of deadlines. An entry counts only if the session still waits for that moment.
    deadlines: VecDeque<(Instant, K::Key)>,
}

/// What is known of a key that a client shows.
pub(super) enum Claimed<K: Keeper> {
    /// A connection has it, which may be half open.
    Live(Arc<Returning<K>>),
    Waiting(Option<KeptSession<K>>, Option<Arc<Returning<K>>>),
    Foreign,
    Unknown,
}

impl<K: Keeper> Default for Book<K> {
    fn default() -> Self {
        Self { live: HashMap::new(), waiting: HashMap::new(), deadlines: VecDeque::new() }
    }
}

impl<K: Keeper> Book<K> {
    /// How many wait for their clients.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// A client has begun anew.
    pub(super) fn enter(&mut self, returning: &Arc<Returning<K>>) {
        self.live.insert(returning.key, Arc::clone(returning));
    }

    /// Takes a session over, so that only one connection gets it.
    pub(super) fn claim(&mut self, returning: &Arc<Returning<K>>) -> Claimed<K> {
        let key = returning.key;
        if let Some(live) = self.live.get(&key) {
            if live.owner != returning.owner {
                return Claimed::Foreign;
            }
            return match self.live.insert(key, Arc::clone(returning)) {
                Some(old) => Claimed::Live(old),
                None => Claimed::Unknown,
            };
        }
        match self.waiting.remove(&key) {
            Some(waiting) if waiting.deadline > Instant::now() => {
                if waiting.unsaved.as_ref().is_some_and(|kept| kept.owner != returning.owner) {
                    self.waiting.insert(key, waiting);
                    return Claimed::Foreign;
                }
                self.live.insert(key, Arc::clone(returning));
                Claimed::Waiting(waiting.unsaved, waiting.last)
            }
            // Its time is over, and it is about to be forgotten.
            Some(waiting) => {
                self.waiting.insert(key, waiting);
                Claimed::Unknown
            }
            None => Claimed::Unknown,
        }
    }

    pub(super) fn wait_for(
        &mut self,
        window: Duration,
        key: K::Key,
        unsaved: Option<KeptSession<K>>,
        last: Option<Arc<Returning<K>>>,
    ) {
        let deadline = Instant::now() + window;
        self.waiting.insert(key, Waiting { deadline, unsaved, last });
        self.deadlines.push_back((deadline, key));
    }

    /// Takes out the sessions whose time is over, or that are too many; those to be forgotten.
    pub(super) fn take_overdue(&mut self, now: Instant, waiting_max: usize) -> Vec<K::Key> {
        let mut overdue = Vec::new();
        while let Some(&(deadline, key)) = self.deadlines.front() {
            if deadline > now && self.waiting.len() <= waiting_max {
                break;
            }
            self.deadlines.pop_front();
            if self.waiting.get(&key).is_some_and(|waiting| waiting.deadline == deadline)
                && let Some(waiting) = self.waiting.remove(&key)
                && waiting.last.as_ref().map_or(waiting.unsaved.is_none(), |last| last.is_saved())
            {
                overdue.push(key);
            }
        }
        self.shrink();
        overdue
    }

    /// Takes a live session out; false if it is not live, or another connection has it.
    pub(super) fn unbook(&mut self, returning: &Returning<K>) -> bool {
        let is_it = |live: &Arc<Returning<K>>| std::ptr::eq(&**live, returning);
        if !self.live.get(&returning.key).is_some_and(is_it) {
            return false;
        }
        self.live.remove(&returning.key);
        if self.live.len() * 8 < self.live.capacity() {
            self.live.shrink_to_fit();
        }
        true
    }

    fn shrink(&mut self) {
        if self.waiting.len() * 8 < self.waiting.capacity() {
            self.waiting.shrink_to_fit();
        }
        if self.deadlines.len() * 8 < self.deadlines.capacity() {
            self.deadlines.shrink_to_fit();
        }
    }
}

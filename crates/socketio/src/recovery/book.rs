//! The book of sessions: which connection has which, and which wait for their clients until when.
//!
//! A session is live or waits, never both; taking it over is one step under the book's lock.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::returning::Returning;
use crate::session_keeper::SessionKey;
use crate::sid::Sid;

/// A session that waits for its client.
struct Waiting {
    deadline: Instant,
    unsaved: Option<Unsaved>,
    /// Who had it last in this process, and may still be writing it down.
    last: Option<Arc<Returning>>,
}

/// A session that is in no room and was never written down: there is nothing in it but who it is.
#[derive(Clone, Copy)]
pub(super) struct Unsaved {
    pub(super) sid: Sid,
    pub(super) owner: Option<u128>,
    pub(super) namespace: u8,
}

#[derive(Default)]
pub(super) struct Book {
    live: HashMap<SessionKey, Arc<Returning>>,
    waiting: HashMap<SessionKey, Waiting>,
    /// In the order of deadlines. An entry counts only if the session still waits for that moment.
    deadlines: VecDeque<(Instant, SessionKey)>,
}

/// What is known of a pid that a client brings.
pub(super) enum Claimed {
    /// A connection has it, which may be half open.
    Live(Arc<Returning>),
    Waiting(Option<Unsaved>, Option<Arc<Returning>>),
    Foreign,
    Unknown,
}

impl Book {
    /// How many wait for their clients.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// A client has begun anew.
    pub(super) fn enter(&mut self, returning: &Arc<Returning>) {
        self.live.insert(returning.key, Arc::clone(returning));
    }

    /// Takes a session over, so that only one connection gets it.
    pub(super) fn claim(&mut self, returning: &Arc<Returning>) -> Claimed {
        let key = returning.key;
        if let Some(live) = self.live.get(&key) {
            if live.owner != returning.owner || live.namespace != returning.namespace {
                return Claimed::Foreign;
            }
            return match self.live.insert(key, Arc::clone(returning)) {
                Some(old) => Claimed::Live(old),
                None => Claimed::Unknown,
            };
        }
        match self.waiting.remove(&key) {
            Some(waiting) if waiting.deadline > Instant::now() => {
                if let Some(unsaved) = waiting.unsaved
                    && (unsaved.owner, unsaved.namespace) != (returning.owner, returning.namespace)
                {
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
        key: SessionKey,
        unsaved: Option<Unsaved>,
        last: Option<Arc<Returning>>,
    ) {
        let deadline = Instant::now() + window;
        self.waiting.insert(key, Waiting { deadline, unsaved, last });
        self.deadlines.push_back((deadline, key));
    }

    /// Takes out the sessions whose time is over, or that are too many; those to be forgotten.
    pub(super) fn take_overdue(&mut self, now: Instant, waiting_max: usize) -> Vec<SessionKey> {
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
    pub(super) fn unbook(&mut self, returning: &Returning) -> bool {
        let is_it = |live: &Arc<Returning>| std::ptr::eq(&**live, returning);
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

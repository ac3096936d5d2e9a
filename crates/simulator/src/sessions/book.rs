//! Which connection has which session, and which sessions wait for their clients: only one gets each.
//!
//! What `recovery.rs` of `socketio` keeps in memory. Nothing here waits or fails.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use rooms::Viewer;
use tokio::time::Instant;

/// A connection whose client may come back.
#[derive(Debug)]
pub(crate) struct Returning {
    pub(crate) pid: u64,
    pub(super) owner: Option<u128>,
    /// Something is kept of it.
    pub(super) saved: AtomicBool,
    /// What is kept, if anything, is not what is: the client begins anew.
    pub(super) given_up: AtomicBool,
    pub(super) viewer: Weak<Viewer>,
    /// Held while the session is being restored or changed.
    pub(super) changing: tokio::sync::Mutex<()>,
}

impl Returning {
    pub(super) fn new(viewer: &Arc<Viewer>, pid: u64, owner: Option<u128>) -> Arc<Self> {
        Arc::new(Self {
            pid,
            owner,
            saved: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            viewer: Arc::downgrade(viewer),
            changing: tokio::sync::Mutex::new(()),
        })
    }

    pub(super) fn is_saved(&self) -> bool {
        self.saved.load(Ordering::Relaxed)
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Whose it is, if nothing else is known of it.
    pub(super) fn unsaved(&self) -> Option<Unsaved> {
        (!self.is_saved()).then_some(Unsaved { owner: self.owner })
    }
}

/// A session in no room that was never written down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unsaved {
    pub(super) owner: Option<u128>,
}

struct Waiting {
    deadline: Instant,
    unsaved: Option<Unsaved>,
    /// Who had it last, and may still be writing it down.
    last: Option<Arc<Returning>>,
}

/// Who has which session, and who may come back to one.
pub(super) struct Book {
    /// The time that a client has to come back.
    window: Duration,
    live: BTreeMap<u64, Arc<Returning>>,
    waiting: BTreeMap<u64, Waiting>,
}

/// What is known of a session that a client shows.
pub(super) enum Claimed {
    Live(Arc<Returning>),
    Waiting(Option<Unsaved>, Option<Arc<Returning>>),
    Foreign,
    Unknown,
}

impl Book {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, live: BTreeMap::new(), waiting: BTreeMap::new() }
    }

    /// A connection has a session of its own.
    pub(super) fn enter(&mut self, returning: &Arc<Returning>) {
        self.live.insert(returning.pid, Arc::clone(returning));
    }

    /// Takes a session over, so that only one connection gets it.
    pub(super) fn claim(&mut self, returning: &Arc<Returning>) -> Claimed {
        let pid = returning.pid;
        if let Some(live) = self.live.get(&pid) {
            if live.owner != returning.owner {
                return Claimed::Foreign;
            }
            return match self.live.insert(pid, Arc::clone(returning)) {
                Some(old) => Claimed::Live(old),
                None => Claimed::Unknown,
            };
        }
        match self.waiting.remove(&pid) {
            Some(waiting) if waiting.deadline > Instant::now() => {
                if waiting.unsaved.is_some_and(|unsaved| unsaved.owner != returning.owner) {
                    self.waiting.insert(pid, waiting);
                    return Claimed::Foreign;
                }
                self.live.insert(pid, Arc::clone(returning));
                Claimed::Waiting(waiting.unsaved, waiting.last)
            }
            // Its time is over, and it is about to be forgotten.
            Some(waiting) => {
                self.waiting.insert(pid, waiting);
                Claimed::Unknown
            }
            None => Claimed::Unknown,
        }
    }

    /// Takes a live session out; false if another connection has it.
    pub(super) fn unbook(&mut self, returning: &Returning) -> bool {
        let is_it = |live: &Arc<Returning>| std::ptr::eq(&**live, returning);
        let found = self.live.get(&returning.pid).is_some_and(is_it);
        if found {
            self.live.remove(&returning.pid);
        }
        found
    }

    /// From now on its client has its time to come back.
    pub(super) fn wait_for(
        &mut self,
        pid: u64,
        unsaved: Option<Unsaved>,
        last: Option<Arc<Returning>>,
    ) {
        let deadline = Instant::now() + self.window;
        self.waiting.insert(pid, Waiting { deadline, unsaved, last });
    }

    /// Takes out the sessions whose time is over; those to be forgotten.
    pub(super) fn take_overdue(&mut self, now: Instant) -> Vec<u64> {
        let mut overdue = Vec::new();
        self.waiting.retain(|pid, waiting| {
            let is_over = waiting.deadline <= now;
            let last = waiting.last.as_ref();
            if is_over && last.map_or(waiting.unsaved.is_none(), |last| last.is_saved()) {
                overdue.push(*pid);
            }
            !is_over
        });
        overdue
    }
}

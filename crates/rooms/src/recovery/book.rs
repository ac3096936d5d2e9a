//! The book of sessions: which connection has which, and until when others wait for their clients.
//!
//! A session is live or waits, never both; taking it over is one step under the book's lock.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;

use super::client_session::ClientSession;
use super::config::RecoveryConfig;
use super::session::{Held, SessionKey};

/// Deadlines of sessions that wait no more, beyond as many as wait; then these are taken out.
const DEADLINES_SPARE: usize = 64;

/// A session that waits for its client.
struct Waiting {
    deadline: Instant,
    /// The connection that had it last, and may still be saving it.
    last: Arc<ClientSession>,
}

#[derive(Default)]
pub(super) struct Book {
    live: HashMap<SessionKey, Arc<ClientSession>>,
    waiting: HashMap<SessionKey, Waiting>,
    /// In the order of deadlines. An entry counts only if the session still has that deadline.
    deadlines: VecDeque<(Instant, SessionKey)>,
    /// Sessions that were left, not reported to the keeper yet.
    left: Vec<Held>,
}

/// What is known of a key that a client sends.
pub(super) enum Claimed {
    /// A connection has it, which may be half open.
    Live(Arc<ClientSession>),
    /// It waits here; the connection that had it last.
    Waiting(Arc<ClientSession>),
    /// No connection here had it: another node may have had it, or an earlier process.
    NotHere,
    /// Another owner's connection is being recovered with it, and whose it is is not known yet.
    Undecided(Arc<ClientSession>),
    Foreign,
}

impl Book {
    /// How many wait for their clients.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Enters a client that has begun anew.
    pub(super) fn enter(&mut self, client_session: &Arc<ClientSession>) {
        self.live.insert(client_session.key, Arc::clone(client_session));
    }

    /// Takes a session over, so that only one connection of this process gets it.
    pub(super) fn claim(&mut self, client_session: &Arc<ClientSession>) -> Claimed {
        let key = client_session.key;
        let live = self.live.get(&key);
        let last = live.or(self.waiting.get(&key).map(|waiting| &waiting.last));
        if let Some(last) = last {
            let (had, has) = (last.owner(), client_session.owner());
            if last.held().is_none() {
                // It has only sent the key. That does not make the session its owner's.
                if had != has && live.is_some() {
                    return Claimed::Undecided(Arc::clone(last));
                }
            } else if !had.admits(&has) {
                return Claimed::Foreign;
            }
        }
        let live = self.live.insert(key, Arc::clone(client_session));
        let waiting = self.waiting.remove(&key);
        // One whose time is over here may have been on another node meanwhile: the keeper knows.
        let waiting = waiting.filter(|waiting| waiting.deadline > Instant::now());
        match (live, waiting) {
            (Some(old), _) => Claimed::Live(old),
            (None, Some(waiting)) => Claimed::Waiting(waiting.last),
            (None, None) => Claimed::NotHere,
        }
    }

    pub(super) fn wait_for(&mut self, config: &RecoveryConfig, last: Arc<ClientSession>) {
        let (deadline, key) = (Instant::now() + config.window, last.key);
        let saved = last.saved();
        self.note_left(saved.as_slice(), config.waiting_max);
        self.waiting.insert(key, Waiting { deadline, last });
        self.deadlines.push_back((deadline, key));
        if self.deadlines.len() > 2 * self.waiting.len() + DEADLINES_SPARE {
            let Self { waiting, deadlines, .. } = self;
            deadlines.retain(|(deadline, key)| {
                waiting.get(key).is_some_and(|waiting| waiting.deadline == *deadline)
            });
        }
    }

    /// Takes the sessions that have to be reported to the keeper as left.
    pub(super) fn take_left(&mut self) -> Vec<Held> {
        std::mem::take(&mut self.left)
    }

    /// To be reported to the keeper. At most this many are remembered: the others count as left
    /// when this node's lease ends.
    pub(super) fn note_left(&mut self, left: &[Held], left_max: usize) {
        let room = left_max.saturating_sub(self.left.len());
        self.left.extend(left.iter().take(room));
    }

    /// Takes out the sessions whose time is over, or that are too many; returns those to be
    /// forgotten.
    pub(super) fn take_overdue(&mut self, now: Instant, waiting_max: usize) -> Vec<Held> {
        let mut overdue = Vec::new();
        while let Some(&(deadline, key)) = self.deadlines.front() {
            if deadline > now && self.waiting.len() <= waiting_max {
                break;
            }
            self.deadlines.pop_front();
            if self.waiting.get(&key).is_some_and(|waiting| waiting.deadline == deadline)
                && let Some(waiting) = self.waiting.remove(&key)
            {
                overdue.extend(waiting.last.saved());
            }
        }
        self.shrink();
        overdue
    }

    /// Takes a live session out; false if it is not live, or another connection has it.
    pub(super) fn unbook(&mut self, client_session: &ClientSession) -> bool {
        let is_it = |live: &Arc<ClientSession>| std::ptr::eq(&**live, client_session);
        if !self.live.get(&client_session.key).is_some_and(is_it) {
            return false;
        }
        self.live.remove(&client_session.key);
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

//! The sessions of one server by their ids, and the order in which sessions without a namespace are
//! closed.
//!
//! A session without a namespace costs little and gets little: such sessions have a bound of their
//! own. At this bound, or at the bound of all sessions, the one that has waited longest is closed,
//! never the new one. So many clients that join nothing replace only each other.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::sid::Sid;

/// There is no place, and no session that could be closed for one.
#[derive(Debug)]
pub(crate) struct Full;

/// The order in which sessions came. The clock's ticks are too coarse for that.
type Arrival = u64;

/// Generic in the session, which it does not know: a session holds the value that holds these.
pub(crate) struct Sessions<S> {
    all: HashMap<Sid, (Arc<S>, Arrival)>,
    /// A session whose CONNECT is being handled is not among them.
    unjoined: BTreeMap<Arrival, Sid>,
    arrivals: Arrival,
}

/// The most sessions that there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) all_max: usize,
    pub(crate) unjoined_max: usize,
}

impl<S> Default for Sessions<S> {
    fn default() -> Self {
        Self { all: HashMap::new(), unjoined: BTreeMap::new(), arrivals: 0 }
    }
}

impl<S> Sessions<S> {
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn all(&self) -> Vec<Arc<S>> {
        self.all.values().map(|(session, _)| Arc::clone(session)).collect()
    }

    pub(crate) fn get(&self, sid: Sid) -> Option<Arc<S>> {
        self.all.get(&sid).map(|(session, _)| Arc::clone(session))
    }

    /// True if one more could be added, if needed in place of another.
    pub(crate) fn has_room(&self, bounds: Bounds) -> bool {
        self.all.len() < bounds.all_max || !self.unjoined.is_empty()
    }

    /// Adds a session, which has to join a namespace or not; returns the one that must be closed
    /// for it, if there is one.
    pub(crate) fn add(
        &mut self,
        sid: Sid,
        session: &Arc<S>,
        has_to_join: bool,
        bounds: Bounds,
    ) -> Result<Option<Arc<S>>, Full> {
        let crowded = has_to_join && self.unjoined.len() >= bounds.unjoined_max;
        let gone = if crowded || self.all.len() >= bounds.all_max {
            Some(self.take_oldest().ok_or(Full)?)
        } else {
            None
        };
        self.arrivals += 1;
        self.all.insert(sid, (Arc::clone(session), self.arrivals));
        if has_to_join {
            self.unjoined.insert(self.arrivals, sid);
        }
        Ok(gone)
    }

    /// Takes out the session that has been without a namespace for the longest time.
    pub(crate) fn take_oldest(&mut self) -> Option<Arc<S>> {
        let (_, sid) = self.unjoined.pop_first()?;
        // A session is taken out of both, never out of `all` alone.
        self.all.remove(&sid).map(|(session, _)| session)
    }

    /// Its CONNECT has come.
    pub(crate) fn joins(&mut self, sid: Sid) {
        if let Some((_, arrival)) = self.all.get(&sid) {
            self.unjoined.remove(arrival);
        }
    }

    /// It was refused, and goes on waiting. One that has ended meanwhile does not.
    pub(crate) fn joins_not(&mut self, sid: Sid) {
        if let Some((_, arrival)) = self.all.get(&sid) {
            self.unjoined.insert(*arrival, sid);
        }
    }

    pub(crate) fn remove(&mut self, sid: Sid) {
        if let Some((_, arrival)) = self.all.remove(&sid) {
            self.unjoined.remove(&arrival);
        }
        if self.all.len() * 8 < self.all.capacity() {
            self.all.shrink_to_fit();
        }
    }
}

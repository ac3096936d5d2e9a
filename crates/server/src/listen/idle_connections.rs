//! The connections that can be spared, so that there is always one to close when there is no room
//! for another.
//!
//! First the idle ones, then those whose peer does not take its answer; in each group the one that
//! has been so for the longest time. A connection with a request under way whose peer takes its
//! answers, an event stream and a websocket are never in here, so none of them is ever closed to
//! make room.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::conversation::Conversation;

/// Bounded by the number of HTTP connections.
#[derive(Debug, Default)]
pub(super) struct IdleConnections {
    spare: Mutex<Spare>,
}

#[derive(Debug, Default)]
struct Spare {
    next: u64,
    /// In the order in which they are closed: by kind, then by age.
    connections: BTreeMap<(Kind, u64), Arc<Conversation>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Idle,
    /// It cannot be written to.
    Stalled,
}

/// A connection can be spared for as long as this lives.
#[derive(Debug)]
pub(super) struct IdlePlace {
    connections: Arc<IdleConnections>,
    place: (Kind, u64),
}

impl IdleConnections {
    pub(super) fn enter(
        self: &Arc<Self>,
        kind: Kind,
        conversation: &Arc<Conversation>,
    ) -> IdlePlace {
        let mut spare = self.spare.lock();
        let place = (kind, spare.next);
        spare.next += 1;
        spare.connections.insert(place, Arc::clone(conversation));
        IdlePlace { connections: Arc::clone(self), place }
    }

    /// Asks up to this many connections to end. Returns how many were asked.
    pub(super) fn hang_up(&self, count: usize) -> usize {
        let mut spare = self.spare.lock();
        for asked in 0..count {
            let Some((_, conversation)) = spare.connections.pop_first() else { return asked };
            conversation.hang_up();
        }
        count
    }
}

impl Drop for IdlePlace {
    fn drop(&mut self) {
        self.connections.spare.lock().connections.remove(&self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn idle_ones_go_before_stalled_ones_the_longest_first_and_the_busy_never() {
        let connections = Arc::new(IdleConnections::default());
        let talks: Vec<_> = (0..5).map(|_| Arc::new(Conversation::default())).collect();
        let stalled = connections.enter(Kind::Stalled, &talks[4]);
        let idle = |talk: usize| Some(connections.enter(Kind::Idle, &talks[talk]));
        let mut places: Vec<_> = (0..4).map(idle).collect();
        // The first was busy in between.
        places[0] = None;
        places[0] = idle(0);
        places[1] = None;
        let asked = || -> Vec<_> {
            let asked = |talk: &Arc<Conversation>| talk.asked_to_hang_up().now_or_never().is_some();
            talks.iter().map(asked).collect()
        };
        assert_eq!(connections.hang_up(1), 1);
        assert_eq!(asked(), [false, false, true, false, false]);
        assert_eq!(connections.hang_up(2), 2);
        assert_eq!(asked(), [true, false, true, true, false]);
        assert_eq!(connections.hang_up(5), 1);
        assert_eq!(asked(), [true, false, true, true, true]);
        assert_eq!(connections.hang_up(5), 0);
        drop(stalled);
    }
}

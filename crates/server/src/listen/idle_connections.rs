//! The connections on which nothing is going on, so that there is always one to close when there is
//! no room for another.
//!
//! Whoever has been idle longest goes first. A connection whose request is under way, an event
//! stream and a websocket are never in here, so none of them is ever closed for somebody else.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::conversation::Conversation;

/// Bounded by the number of HTTP connections.
#[derive(Debug, Default)]
pub(super) struct IdleConnections {
    idle: Mutex<Idle>,
}

#[derive(Debug, Default)]
struct Idle {
    next: u64,
    /// By the time at which each became idle.
    by_age: BTreeMap<u64, Arc<Conversation>>,
}

/// A connection is idle for as long as this lives.
#[derive(Debug)]
pub(super) struct IdlePlace {
    connections: Arc<IdleConnections>,
    number: u64,
}

impl IdleConnections {
    pub(super) fn enter(self: &Arc<Self>, conversation: &Arc<Conversation>) -> IdlePlace {
        let mut idle = self.idle.lock();
        let number = idle.next;
        idle.next += 1;
        idle.by_age.insert(number, Arc::clone(conversation));
        IdlePlace { connections: Arc::clone(self), number }
    }

    /// Asks up to so many to hang up, those that have been idle longest. How many were asked.
    pub(super) fn hang_up(&self, count: usize) -> usize {
        let mut idle = self.idle.lock();
        for asked in 0..count {
            let Some((_, conversation)) = idle.by_age.pop_first() else { return asked };
            conversation.hang_up.notify_one();
        }
        count
    }
}

impl Drop for IdlePlace {
    fn drop(&mut self) {
        self.connections.idle.lock().by_age.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn the_longest_idle_are_asked_first_and_the_busy_never() {
        let connections = Arc::new(IdleConnections::default());
        let talks: Vec<_> = (0..4).map(|_| Arc::new(Conversation::default())).collect();
        let mut places: Vec<_> = talks.iter().map(|talk| Some(connections.enter(talk))).collect();
        // The first was busy in between.
        places[0] = None;
        places[0] = Some(connections.enter(&talks[0]));
        places[1] = None;
        let asked = || talks.iter().map(|talk| talk.hang_up.notified().now_or_never().is_some());
        assert_eq!(connections.hang_up(1), 1);
        assert_eq!(asked().collect::<Vec<_>>(), [false, false, true, false]);
        assert_eq!(connections.hang_up(5), 2);
        assert_eq!(asked().collect::<Vec<_>>(), [true, false, false, true]);
        assert_eq!(connections.hang_up(5), 0);
    }
}

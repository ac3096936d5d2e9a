//! One route that a viewer watches: what it saw of it, and whether it is in its room.

use crate::chaos::sight::Sight;

/// Whether the viewer is in a route's room, as far as it can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Never was, or the server has forgotten.
    Out,
    Asked,
    In,
    Leaving,
    Left,
    /// The connection was lost while it was joining or leaving.
    Unknown,
}

#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) route: usize,
    pub(crate) sight: Sight,
    pub(super) presence: Presence,
    /// It said how far it got when it asked to be let in.
    said_since: bool,
    /// It caught up by a snapshot, or may have, and nothing has come after it: the server cannot
    /// know whether it has received that.
    pub(super) has_only_snapshot: bool,
    /// It asked for the seats, and has no answer yet.
    pub(super) asked: bool,
}

impl Watched {
    pub(super) fn fresh(route: &usize) -> Self {
        let sight = Sight::default();
        let (presence, asked) = (Presence::Out, false);
        let (said_since, has_only_snapshot) = (false, false);
        Self { route: *route, sight, presence, said_since, has_only_snapshot, asked }
    }

    /// It asks to be let in; if it is in already, that changes nothing.
    pub(super) fn subscribes(&mut self, since: Option<u64>) {
        if self.presence != Presence::In {
            self.presence = Presence::Asked;
            self.said_since = since.is_some();
        }
    }

    /// Its subscription is confirmed. After a failover the map may follow, as nobody can know of
    /// which history the place is that it said: the connection may be lost before the map comes.
    pub(super) fn subscribed(&mut self, has_gone_back: bool) {
        if self.presence == Presence::Asked {
            self.has_only_snapshot = has_gone_back && self.said_since;
        }
        // Else it has asked to leave since, and will be out by the next answer.
        if self.presence != Presence::Leaving {
            self.presence = Presence::In;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Presence, Watched};

    /// Whether it may have only a snapshot once it is in.
    fn after(since: Option<u64>, has_gone_back: bool) -> bool {
        let mut watched = Watched::fresh(&0);
        watched.subscribes(since);
        watched.subscribed(has_gone_back);
        assert_eq!(watched.presence, Presence::In);
        watched.has_only_snapshot
    }

    #[test]
    fn a_confirmation_may_come_without_the_map_that_follows_it() {
        assert!(after(Some(7), true));
        assert!(!after(Some(7), false), "there is no other history");
        assert!(!after(None, true), "it begins at the head");
    }

    #[test]
    fn what_it_has_received_is_not_forgotten_when_it_subscribes_again() {
        let mut watched = Watched::fresh(&0);
        for since in [None, Some(7)] {
            watched.subscribes(since);
            watched.subscribed(true);
            assert!(!watched.has_only_snapshot, "{since:?}");
        }
    }
}

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
    /// It caught up by a snapshot, and nothing has come after it: the server cannot know whether it
    /// has received that.
    pub(super) has_only_snapshot: bool,
    /// It asked for the seats, and has no answer yet.
    pub(super) asked: bool,
}

impl Watched {
    pub(super) fn fresh(route: &usize) -> Self {
        let sight = Sight::default();
        let (presence, asked) = (Presence::Out, false);
        Self { route: *route, sight, presence, has_only_snapshot: false, asked }
    }
}

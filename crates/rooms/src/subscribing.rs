//! Floor 5: how a viewer joins rooms, is recovered in them, and is held back meanwhile.

pub(crate) mod hold;
pub(crate) mod join;
pub(crate) mod open_room;
pub(crate) mod progress;
pub(crate) mod recover;
pub(crate) mod watchers;

//! Floor 2: the log of a room, and the lock around it.
//!
//! It is the innermost lock: nothing that can be named from here has another one. Who reads a log or
//! watches a room is not known on this floor.

pub(crate) mod entry;
pub(crate) mod gauge;
pub(crate) mod published;
pub(crate) mod room_log;
pub(crate) mod shared_log;

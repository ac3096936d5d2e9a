//! Floor 2: the log of a room, and the lock around it.
//!
//! It is the innermost lock: nothing that is known on this floor has another one. This floor does
//! not know the readers of a log or the viewers of a room.

pub(crate) mod entry;
pub(crate) mod gauge;
pub(crate) mod published;
pub(crate) mod room_log;
pub(crate) mod shared_log;

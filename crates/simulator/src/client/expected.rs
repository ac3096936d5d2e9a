//! What is to be expected when a client that comes back is let in.

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Expected {
    /// Its session is written down, and its time is not over.
    pub(crate) is_known: bool,
    /// Its time is over.
    pub(crate) is_late: bool,
    /// Events that may have been missed in each room.
    pub(crate) backlog_events_max: u64,
}

//! What to expect when a client that connects again is accepted.

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Expected {
    /// Its session is saved, and its time is not over.
    pub(crate) is_known: bool,
    /// Its time is over.
    pub(crate) is_late: bool,
    /// Events that may have been missed in each room.
    pub(crate) backlog_events_max: u64,
}

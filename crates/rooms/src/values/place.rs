//! A place in a room: where one stands between two of its events.
//!
//! The engine counts every event of a room: that is the ordinal. Clients may count only some of
//! them: that is the seq. The engine carries their number along and never reckons with it.

/// Where one stands in a room: behind an event, or before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The number of the event that one stands behind: 1, 2, 3, … with no hole; 0 before the first.
    pub ordinal: u64,
    /// The number that clients know the place by: how many of the events up to here they count.
    pub seq: u64,
}

impl Place {
    /// Before the first event.
    pub const START: Self = Self { ordinal: 0, seq: 0 };

    /// The place behind this event of a room whose clients count every event.
    pub const fn counted(number: u64) -> Self {
        Self { ordinal: number, seq: number }
    }

    /// The ordinal of the next event.
    pub(crate) const fn next(self) -> u64 {
        self.ordinal + 1
    }

    /// The later of two places of one room.
    #[must_use]
    pub(crate) const fn later(self, other: Self) -> Self {
        if other.ordinal > self.ordinal { other } else { self }
    }
}

//! A place in a room: a point between two of its events.
//!
//! The engine counts every event of a room: that is the ordinal. Clients may count only some of
//! them: that is the seq. The engine carries that number along and never computes with it.

/// A point in a room: behind an event, or before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The number of the event before this place: 1, 2, 3, … with no hole; 0 before the first.
    pub ordinal: u64,
    /// The number that clients know the place by: how many events up to here they count.
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

//! How far a route is: its two counters, and a place behind one of its events.

use std::fmt;

/// A seat event's number among the seat events of its route: 1, 2, 3, …; 0 stands before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(u64);

impl Seq {
    pub const ZERO: Self = Self(0);

    pub const fn new(seq: u64) -> Self {
        Self(seq)
    }

    pub const fn get(self) -> u64 {
        self.0
    }

    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An event's number among all events of its route; 0 stands before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ordinal(u64);

impl Ordinal {
    pub const ZERO: Self = Self(0);

    pub const fn new(ordinal: u64) -> Self {
        Self(ordinal)
    }

    pub const fn get(self) -> u64 {
        self.0
    }

    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Ordinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far a route is: the place behind an event, by both of its numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RoutePlace {
    pub ordinal: Ordinal,
    /// The number of the last seat event up to here.
    pub seq: Seq,
}

impl RoutePlace {
    /// Before the first event.
    pub const START: Self = Self { ordinal: Ordinal::ZERO, seq: Seq::ZERO };

    /// Behind one more event of a seat.
    #[must_use]
    pub const fn after_seat_event(self) -> Self {
        Self { ordinal: self.ordinal.next(), seq: self.seq.next() }
    }

    /// Behind one more change of the route.
    #[must_use]
    pub const fn after_route_change(self) -> Self {
        Self { ordinal: self.ordinal.next(), seq: self.seq }
    }
}

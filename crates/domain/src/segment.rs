//! Stops, legs and segments: what a ticket occupies.
//!
//! A route's stops are `0..=n`; a *leg* is the piece between two neighbours, named by the stop it
//! leaves; a *segment* is the run of legs from one stop up to another. Two tickets can share a seat
//! exactly if their segments share no leg.

use std::ops::Range;

/// The most stops a route can have, ends included.
pub const STOPS_MAX: usize = 64;

/// A stop's place on its route, `0..STOPS_MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StopIndex(u8);

impl StopIndex {
    pub fn new(index: usize) -> Option<Self> {
        u8::try_from(index).ok().filter(|_| index < STOPS_MAX).map(Self)
    }

    pub const fn get(self) -> u8 {
        self.0
    }

    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

/// A run of at least one leg: `from < to` by construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    from: StopIndex,
    to: StopIndex,
}

impl Segment {
    /// `None` when the stops are equal or reversed.
    pub fn new(from: StopIndex, to: StopIndex) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    pub const fn from(self) -> StopIndex {
        self.from
    }

    pub const fn to(self) -> StopIndex {
        self.to
    }

    /// The legs it occupies, each named by the stop that it leaves.
    pub fn legs(self) -> Range<u8> {
        self.from.0..self.to.0
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(from: usize, to: usize) -> Segment {
        Segment::new(StopIndex::new(from).unwrap(), StopIndex::new(to).unwrap()).unwrap()
    }

    #[test]
    fn overlap_is_sharing_a_leg() {
        for a_from in 0..5 {
            for a_to in a_from + 1..=5 {
                for b_from in 0..5 {
                    for b_to in b_from + 1..=5 {
                        let (a, b) = (segment(a_from, a_to), segment(b_from, b_to));
                        let shared = a.legs().any(|leg| b.legs().contains(&leg));
                        assert_eq!(a.overlaps(b), shared, "{a:?} {b:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn empty_reversed_and_endless_segments_cannot_be_made() {
        let stop = |index| StopIndex::new(index).unwrap();
        assert!(Segment::new(stop(1), stop(1)).is_none());
        assert!(Segment::new(stop(2), stop(1)).is_none());
        assert!(StopIndex::new(STOPS_MAX).is_none());
        assert!(StopIndex::new(256).is_none());
    }
}

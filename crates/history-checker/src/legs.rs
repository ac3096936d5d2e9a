//! A set of legs of a route.

/// Legs of a route, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Legs(pub u32);

impl Legs {
    /// Those between two stops.
    pub fn between(from: u32, to: u32) -> Self {
        let below = |stop: u32| 1_u32.checked_shl(stop).unwrap_or(0).wrapping_sub(1);
        Self(below(to) & !below(from))
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

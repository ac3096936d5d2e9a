//! Which state of a thing a caller has seen, and whether a write may still be made on it
//! (contract.md, "Conventions": `ETag`, `If-Match`).
//!
//! Invariant: every change of a thing moves its version. The version is the time of its last change
//! in milliseconds, so that time strictly rises from one change to the next ([`changed_at`]), also
//! when two changes fall into one millisecond or the clock is set back.

use jiff::Timestamp;

use crate::Refusal;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(i64);

impl Version {
    pub fn of(updated_at: Timestamp) -> Self {
        Self(updated_at.as_millisecond())
    }

    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    pub const fn get(self) -> i64 {
        self.0
    }
}

/// What the thing must be when a write is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Any version, as long as the thing exists.
    Any,
    OneOf(Vec<Version>),
}

impl Expected {
    /// Checked inside the transaction of the write, on the thing as it stands there.
    pub fn check(&self, updated_at: Timestamp) -> Result<(), Refusal> {
        let is_met = match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&Version::of(updated_at)),
        };
        if is_met { Ok(()) } else { Err(Refusal::VersionMoved) }
    }
}

/// The time of a change that is made now on a thing last changed at `before`.
pub fn changed_at(before: Timestamp, now: Timestamp) -> Timestamp {
    if Version::of(now) > Version::of(before) {
        return now;
    }
    // At the end of the time that a timestamp can hold there is no next millisecond.
    Timestamp::from_millisecond(before.as_millisecond() + 1).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_moves_the_version_whatever_the_clock_says() {
        let before = Timestamp::from_millisecond(1_000).unwrap();
        for (now, expected) in [(999, 1_001), (1_000, 1_001), (1_001, 1_001), (5_000, 5_000)] {
            let now = Timestamp::from_millisecond(now).unwrap();
            assert_eq!(Version::of(changed_at(before, now)).get(), expected);
        }
    }

    #[test]
    fn a_write_is_made_on_what_was_seen() {
        let at = Timestamp::from_millisecond(7).unwrap();
        assert_eq!(Expected::Any.check(at), Ok(()));
        assert_eq!(Expected::OneOf(vec![Version::new(6), Version::new(7)]).check(at), Ok(()));
        for other in [vec![], vec![Version::new(6)]] {
            assert_eq!(Expected::OneOf(other).check(at), Err(Refusal::VersionMoved));
        }
    }
}

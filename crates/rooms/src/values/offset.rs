//! An offset: what a viewer that got an event can send back later, to go on exactly behind it.
//!
//! One position is enough as long as a viewer gets everything in the order of positions: it is the
//! same for everyone, so the frame that carries it is shared. A viewer that went back in one room
//! while it was ahead in another gets its older events with a cursor for each room, until both are
//! at one position again.
//!
//! Positions count within an epoch: when the store goes back to an older state, it gives positions
//! out again, to other events. An offset of another epoch says nothing.
//!
//! The text form is `epoch.position`, or `epoch.given~ticket.ordinal~ticket.ordinal…` with the
//! epoch and the tickets in hexadecimal. It comes from outside, so reading it is bounded, and it
//! can only change where its own viewer starts.

use std::fmt;
use std::str::FromStr;

use smallvec::SmallVec;

/// Cursors that one offset may have; more rooms than this cannot be recovered.
pub const OFFSET_CURSORS_MAX: usize = 64;

/// Where a viewer stands in all of its rooms of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// The store's epoch in which it was given.
    pub epoch: u32,
    /// How far the viewer got then.
    pub progress: Progress,
}

/// How far a viewer got in all of its rooms of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It has everything up to this position.
    Position(u64),
    /// It was given events up to the position `given`, but not all of them.
    Cursors {
        /// The newest position of any event that it was given.
        given: u64,
        /// The ticket of each [`Stay`](crate::Stay), and the last ordinal that it has of that room.
        cursors: SmallVec<[(u64, u64); 1]>,
    },
}

impl Offset {
    /// Everything up to this position.
    pub const fn position(epoch: u32, position: u64) -> Self {
        Self { epoch, progress: Progress::Position(position) }
    }

    /// The newest position that the viewer was given.
    pub fn given(&self) -> u64 {
        self.progress.given()
    }
}

impl Progress {
    /// The newest position that the viewer was given.
    pub fn given(&self) -> u64 {
        match self {
            Self::Position(given) | Self::Cursors { given, .. } => *given,
        }
    }

    /// The cursor of a stay, if the offset has it.
    pub(crate) fn cursor(&self, ticket: u64) -> Option<u64> {
        match self {
            Self::Position(_) => None,
            Self::Cursors { cursors, .. } => {
                cursors.iter().find(|(known, _)| *known == ticket).map(|(_, ordinal)| *ordinal)
            }
        }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{}", self.epoch, self.given())?;
        if let Progress::Cursors { cursors, .. } = &self.progress {
            cursors.iter().try_for_each(|(ticket, ordinal)| write!(f, "~{ticket:x}.{ordinal}"))?;
        }
        Ok(())
    }
}

/// The text is not an offset that an engine like this one could have given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an offset")]
pub struct NotAnOffset;

impl FromStr for Offset {
    type Err = NotAnOffset;

    fn from_str(text: &str) -> Result<Self, NotAnOffset> {
        let number = |text: &str| text.parse().map_err(|_| NotAnOffset);
        let mut parts = text.split('~');
        // Without an epoch it is from a version without epochs: its client begins anew.
        let (epoch, given) =
            parts.next().and_then(|head| head.split_once('.')).ok_or(NotAnOffset)?;
        let epoch = u32::from_str_radix(epoch, 16).map_err(|_| NotAnOffset)?;
        let given = number(given)?;
        let mut cursors = SmallVec::new();
        for part in parts {
            let (ticket, ordinal) = part.split_once('.').ok_or(NotAnOffset)?;
            let ticket = u64::from_str_radix(ticket, 16).map_err(|_| NotAnOffset)?;
            if cursors.len() >= OFFSET_CURSORS_MAX {
                return Err(NotAnOffset);
            }
            cursors.push((ticket, number(ordinal)?));
        }
        let progress = if cursors.is_empty() {
            Progress::Position(given)
        } else {
            Progress::Cursors { given, cursors }
        };
        Ok(Self { epoch, progress })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use smallvec::smallvec;

    #[test]
    fn the_text_forms() {
        assert_eq!(Offset::position(10, 42).to_string(), "a.42");
        let progress = Progress::Cursors { given: 7, cursors: smallvec![(255, 3), (1, 0)] };
        let cursors = Offset { epoch: 0, progress };
        assert_eq!(cursors.to_string(), "0.7~ff.3~1.0");
        assert_eq!("0.7~ff.3~1.0".parse(), Ok(cursors.clone()));
        let cursor = |ticket| cursors.progress.cursor(ticket);
        assert_eq!((cursor(255), cursor(2)), (Some(3), None));
    }

    #[test]
    fn other_texts_are_refused() {
        let long = format!("1.1{}", "~1.1".repeat(OFFSET_CURSORS_MAX + 1));
        // The first ones are of versions without epochs.
        for text in ["1", "7~ff.3", "", "x", "1.", ".1", "1.-1", "100000000.1", "1.1~", "1.1~1"] {
            assert_eq!(text.parse::<Offset>(), Err(NotAnOffset), "{text}");
        }
        for text in ["1.1~.1", "1.1~g.1", "1.18446744073709551616", &long] {
            assert_eq!(text.parse::<Offset>(), Err(NotAnOffset), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_offset_comes_back(
            epoch: u32, given: u64, cursors in prop::collection::vec((any::<u64>(), any::<u64>()), 0..9)
        ) {
            let progress = if cursors.is_empty() {
                Progress::Position(given)
            } else {
                Progress::Cursors { given, cursors: cursors.into() }
            };
            let offset = Offset { epoch, progress };
            prop_assert_eq!(offset.to_string().parse(), Ok(offset));
        }

        #[test]
        fn no_text_is_too_strange(text in ".*") {
            let _ = text.parse::<Offset>();
        }
    }
}

//! A stay: what has to be kept of a viewer's time in a room, so that it can be recovered after its
//! connection, or the whole process, was lost.
//!
//! A viewer may not have received all that it was sent, so nothing is noted per event: a stay says
//! where it began, and the [`Offset`] that the viewer sends says how far it got.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::values::offset::{Offset, Progress};
use crate::values::shared_text;

/// One viewer's stay in one room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stay {
    /// The room's name.
    #[serde(with = "shared_text")]
    pub room: Arc<str>,
    /// Names this stay in offsets: drawn at random for each stay, so that an offset from an earlier
    /// stay is never taken for one of this stay.
    pub ticket: u64,
    /// The ordinal of the event that it started behind.
    pub start: u64,
    /// The newest position that the viewer had been given when it joined. Events at or before this
    /// position were given before this stay.
    pub joined_at: u64,
    /// It began with a snapshot, which stood right behind the confirmation. A viewer without a
    /// later offset may not have got it.
    pub from_snapshot: bool,
}

/// How far a viewer got in one room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// It has everything up to the event with this ordinal.
    Ordinal(u64),
    /// It has everything up to this position.
    Position(u64),
    /// That cannot be known.
    Unknown,
}

impl Stay {
    /// How far the viewer got in this stay, by the offset that it sends.
    pub(crate) fn reached(&self, offset: Option<&Offset>) -> Reached {
        let told = offset.and_then(|offset| match &offset.progress {
            Progress::Position(position) if *position > self.joined_at => {
                Some(Reached::Position(*position))
            }
            // Given before this stay, or in another session of the same client.
            Progress::Position(_) => None,
            cursors @ Progress::Cursors { .. } => cursors.cursor(self.ticket).map(Reached::Ordinal),
        });
        told.unwrap_or(if self.from_snapshot {
            Reached::Unknown
        } else {
            Reached::Ordinal(self.start)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallvec::smallvec;

    fn check(joined_at: u64, from_snapshot: bool, offset: Option<Offset>, want: Reached) {
        let stay = Stay { room: "r".into(), ticket: 9, start: 5, joined_at, from_snapshot };
        assert_eq!(stay.reached(offset.as_ref()), want, "{stay:?} {offset:?}");
    }

    #[test]
    fn an_offset_counts_only_if_it_is_of_this_stay() {
        let cursors = |ticket| {
            let progress = Progress::Cursors { given: 99, cursors: smallvec![(ticket, 7)] };
            Some(Offset { epoch: 0, progress })
        };
        check(10, false, None, Reached::Ordinal(5));
        check(10, false, Some(Offset::position(0, 10)), Reached::Ordinal(5));
        check(10, false, Some(Offset::position(0, 11)), Reached::Position(11));
        check(10, false, cursors(9), Reached::Ordinal(7));
        check(10, false, cursors(8), Reached::Ordinal(5));
        check(10, true, None, Reached::Unknown);
        check(10, true, Some(Offset::position(0, 10)), Reached::Unknown);
        check(10, true, Some(Offset::position(0, 11)), Reached::Position(11));
        check(10, true, cursors(9), Reached::Ordinal(7));
    }
}

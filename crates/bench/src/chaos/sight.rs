//! What one viewer has seen of one route: from which event on, up to which, and the map it folded.
//!
//! Every event must be the next one, and every answer must have exactly its `seq`.

use crate::seat_map::{SeatMap, Update};

#[derive(Clone, Debug, Default)]
pub(crate) struct Sight {
    /// The seq that it began behind, and the last one that it has.
    pub(crate) seen: Option<Seen>,
    /// Folded from a snapshot on; nothing before there was one.
    pub(crate) map: Option<SeatMap>,
    /// The sum of the fingerprints of its events.
    pub(crate) fingerprints: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) start: u64,
    pub(crate) last: u64,
}

/// What is wrong with a packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// These many events before this one never came.
    Missed {
        after: u64,
        seq: u64,
    },
    Doubled {
        last: u64,
        seq: u64,
    },
    /// An answer at another place than its `seq`.
    Misplaced {
        last: u64,
        seq: u64,
    },
    Map(String),
}

impl Sight {
    /// A confirmation, which fixes the next event.
    pub(crate) fn confirmed(&mut self, seq: u64) -> Result<(), Wrong> {
        let seen = *self.seen.get_or_insert(Seen { start: seq, last: seq });
        if seen.last == seq { Ok(()) } else { Err(Wrong::Misplaced { last: seen.last, seq }) }
    }

    /// A snapshot: the first one is the map, the others must be equal to it.
    pub(crate) fn snapshot(&mut self, seq: u64, map: SeatMap) -> Result<(), Wrong> {
        self.confirmed(seq)?;
        let own = self.map.get_or_insert_with(|| map.clone());
        own.difference(&map).map_or(Ok(()), |difference| Err(Wrong::Map(difference)))
    }

    pub(crate) fn update(&mut self, update: &Update<'_>) -> Result<(), Wrong> {
        let seq = update.seq;
        let before = seq.saturating_sub(1);
        let seen = self.seen.get_or_insert(Seen { start: before, last: before });
        let last = seen.last;
        if seq <= last {
            return Err(Wrong::Doubled { last, seq });
        }
        seen.last = seq;
        self.fingerprints = self.fingerprints.wrapping_add(update.fingerprint());
        if let Some(map) = &mut self.map {
            map.fold(update);
        }
        if seq == last + 1 { Ok(()) } else { Err(Wrong::Missed { after: last, seq }) }
    }

    pub(crate) fn last(&self) -> Option<u64> {
        self.seen.map(|seen| seen.last)
    }
}

#[cfg(test)]
mod tests {
    use super::{SeatMap, Seen, Sight, Update, Wrong};

    fn see(sight: &mut Sight, seq: u64) -> Result<(), Wrong> {
        let json = format!(
            r#"{{"routeId":"r","seatNumber":1,"eventType":"seat_reserved","fromStopIndex":0,
            "toStopIndex":1,"seq":{seq}}}"#
        );
        sight.update(&serde_json::from_str::<Update<'_>>(&json).unwrap())
    }

    #[test]
    fn what_is_missed_or_doubled_is_seen() {
        let mut sight = Sight::default();
        assert_eq!(sight.confirmed(4), Ok(()));
        assert_eq!(see(&mut sight, 5), Ok(()));
        assert_eq!(see(&mut sight, 5), Err(Wrong::Doubled { last: 5, seq: 5 }));
        assert_eq!(see(&mut sight, 8), Err(Wrong::Missed { after: 5, seq: 8 }));
        assert_eq!(sight.confirmed(7), Err(Wrong::Misplaced { last: 8, seq: 7 }));
        assert_eq!(sight.seen, Some(Seen { start: 4, last: 8 }));
    }

    #[test]
    fn a_later_snapshot_must_be_the_folded_map() {
        let mut sight = Sight::default();
        assert_eq!(sight.snapshot(2, SeatMap::default()), Ok(()));
        assert_eq!(see(&mut sight, 3), Ok(()));
        assert!(matches!(sight.snapshot(3, SeatMap::default()), Err(Wrong::Map(_))));
        assert_eq!(sight.snapshot(3, SeatMap::from_legs(vec![1])), Ok(()));
    }
}

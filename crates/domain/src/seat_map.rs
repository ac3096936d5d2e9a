//! The seat map that a viewer keeps: a snapshot, and events folded over it.
//!
//! The rule of the contract's event table, in the one form that clients, the simulator and the
//! property tests share: a client that folds the events over a snapshot always has the database's
//! map.

use std::collections::BTreeMap;

use crate::{EventKind, Gender, SeatEvent, SeatNumber, Segment, Seq, TicketStatus};

/// One taken piece of one seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupied {
    pub status: TicketStatus,
    /// None for a seat that is held or blocked.
    pub gender: Option<Gender>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeatMap {
    pub seq: Seq,
    occupied: BTreeMap<(SeatNumber, Segment), Occupied>,
}

/// Why an event cannot be folded: the viewer must first fetch what it missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {got} does not follow {head}")]
pub struct Hole {
    pub head: Seq,
    pub got: Seq,
}

impl SeatMap {
    pub fn new(
        seq: Seq,
        occupied: impl IntoIterator<Item = ((SeatNumber, Segment), Occupied)>,
    ) -> Self {
        Self { seq, occupied: occupied.into_iter().collect() }
    }

    pub fn apply(&mut self, event: &SeatEvent) -> Result<(), Hole> {
        if event.seq != self.seq.next() {
            return Err(Hole { head: self.seq, got: event.seq });
        }
        self.seq = event.seq;
        let draft = &event.draft;
        let place = (draft.seat, draft.segment);
        let mut occupy = |status| {
            self.occupied.insert(place, Occupied { status, gender: draft.gender });
        };
        match draft.kind {
            EventKind::Reserved => occupy(TicketStatus::Reserved),
            EventKind::Confirmed => occupy(TicketStatus::Confirmed),
            EventKind::Suspended | EventKind::Available => {
                self.occupied.remove(&place);
            }
            EventKind::Cancelled => {}
        }
        Ok(())
    }

    pub fn occupied(&self) -> impl Iterator<Item = (SeatNumber, Segment, Occupied)> {
        self.occupied.iter().map(|((seat, segment), occupied)| (*seat, *segment, *occupied))
    }

    pub fn is_free(&self, seat: SeatNumber, segment: Segment) -> bool {
        !self.occupied.keys().any(|(taken, piece)| *taken == seat && piece.overlaps(segment))
    }
}

//! A route's seats at one moment, and which of them can be sold on a segment.

use crate::{Gender, Route, SeatNumber, Segment, Seq, TicketStatus};

/// A live ticket, a held or a blocked seat as a seat map shows it: no person in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenSeat {
    pub seat: SeatNumber,
    pub segment: Segment,
    /// What a hold and a block are shown as: `RESERVED`, `CONFIRMED`.
    pub status: TicketStatus,
    /// None for a seat that is held or blocked.
    pub gender: Option<Gender>,
    /// Staff are told that nobody has bought it.
    pub is_blocked: bool,
}

/// A route's seats at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatSnapshot {
    pub route: Route,
    /// The route's own.
    pub seq: Seq,
    /// By seat, then segment.
    pub taken: Vec<TakenSeat>,
}

impl SeatSnapshot {
    /// The seats that can be sold on this segment, in order.
    pub fn free_seats(&self, segment: Segment) -> Vec<SeatNumber> {
        let is_free = |seat: &SeatNumber| {
            !self.taken.iter().any(|other| other.seat == *seat && other.segment.overlaps(segment))
        };
        SeatNumber::all(self.route.seat_count).filter(is_free).collect()
    }
}

//! A route's seats at one moment, and which of them can be sold on a segment.

use std::sync::Arc;

use crate::{
    Bus, Gender, NeighbourRule, Route, SeatGrid, SeatNumber, Seating, Segment, Seq, TicketStatus,
};

/// A live ticket, a held or a blocked seat as a seat map shows it: no person in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenSeat {
    pub seat: SeatNumber,
    pub segment: Segment,
    /// A hold is shown as `RESERVED`, a block as `CONFIRMED`.
    pub status: TicketStatus,
    /// None for a seat that is held or blocked.
    pub gender: Option<Gender>,
    /// Staff see by it that no one has bought the seat.
    pub is_blocked: bool,
}

/// A route's seats at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatSnapshot {
    pub route: Route,
    pub bus: Arc<Bus>,
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

    /// The free seats of this segment that the neighbour rule keeps for one gender, and for which.
    /// `house`: the rule where the route has none of its own.
    pub fn offers(&self, segment: Segment, house: NeighbourRule) -> Vec<(SeatNumber, Gender)> {
        let rule = self.route.neighbour_rule.unwrap_or(house);
        if rule == NeighbourRule::Off {
            return Vec::new();
        }
        let grid = SeatGrid::of(&self.bus.details.layout);
        let mut seating = Seating::new(&grid, rule);
        for taken in self.taken.iter().filter(|taken| taken.segment.overlaps(segment)) {
            seating.take(taken.seat, taken.gender);
        }
        let offer = |seat| seating.offered_to(seat).map(|gender| (seat, gender));
        SeatNumber::all(self.route.seat_count).filter_map(offer).collect()
    }
}

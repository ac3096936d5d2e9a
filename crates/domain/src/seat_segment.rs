//! A seat on a run of legs, and its single legs.

use crate::{RouteId, SeatNumber, Segment, Ticket};

/// One leg of one seat of a route.
pub(crate) type SeatLeg = (RouteId, SeatNumber, u8);

/// The legs of a segment on each of these seats.
pub(crate) fn seat_legs(
    route_id: RouteId,
    segment: Segment,
    seats: &[SeatNumber],
) -> impl Iterator<Item = SeatLeg> {
    seats.iter().flat_map(move |seat| segment.legs().map(move |leg| (route_id, *seat, leg)))
}

/// A seat on a run of legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatSegment {
    pub seat: SeatNumber,
    pub segment: Segment,
}

impl SeatSegment {
    pub fn of(ticket: &Ticket) -> Self {
        Self { seat: ticket.seat, segment: ticket.segment }
    }
}

//! A block: seats that staff have taken out of sale on a route, or on a part of it.

use jiff::Timestamp;

use crate::seat_segment::seat_legs;
use crate::{BlockId, Holder, RouteId, SeatNumber, Segment};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub id: BlockId,
    pub route_id: RouteId,
    pub segment: Segment,
    /// Rising, none twice.
    pub seats: Vec<SeatNumber>,
    /// For staff.
    pub reason: String,
    pub created_at: Timestamp,
    /// It keeps nothing any more, and is to be forgotten.
    pub is_lifted: bool,
}

impl Block {
    /// Every leg that it takes out of sale.
    pub fn places(&self) -> impl Iterator<Item = (RouteId, SeatNumber, u8)> {
        let seats = if self.is_lifted { &[] } else { self.seats.as_slice() };
        seat_legs(self.route_id, self.segment, seats)
    }

    pub fn holder(&self) -> Holder {
        Holder::Block(self.id)
    }
}

//! The holders of the legs of one route's seats.

use std::collections::BTreeMap;

use crate::seat_segment::SeatSegment;
use crate::{Holder, RouteId, SeatNumber};

/// A seat's leg, and its holder before and after; `None`: free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegChange {
    pub route_id: RouteId,
    pub seat: SeatNumber,
    pub leg: u8,
    pub before: Option<Holder>,
    pub after: Option<Holder>,
}

impl LegChange {
    pub fn place(&self) -> (RouteId, SeatNumber, u8) {
        (self.route_id, self.seat, self.leg)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeatLegs(BTreeMap<(SeatNumber, u8), Holder>);

impl SeatLegs {
    pub fn holder(&self, seat: SeatNumber, leg: u8) -> Option<Holder> {
        self.0.get(&(seat, leg)).copied()
    }

    /// Every leg that is held, by seat and leg.
    pub fn iter(&self) -> impl Iterator<Item = (SeatNumber, u8, Holder)> {
        self.0.iter().map(|((seat, leg), holder)| (*seat, *leg, *holder))
    }

    /// Whether no one but these holds a leg of it.
    pub fn is_free_but_for(&self, at: SeatSegment, but: impl Fn(Holder) -> bool) -> bool {
        at.segment.legs().filter_map(|leg| self.holder(at.seat, leg)).all(but)
    }

    /// As if the holder had none of this seat.
    pub(super) fn free(&mut self, seat: SeatNumber, holder: Holder) {
        let legs = self.0.range((seat, u8::MIN)..=(seat, u8::MAX));
        let own = legs.filter(|(_, of)| **of == holder).map(|(place, _)| *place);
        for place in own.collect::<Vec<_>>() {
            self.0.remove(&place);
        }
    }

    pub fn set(&mut self, seat: SeatNumber, leg: u8, holder: Option<Holder>) {
        match holder {
            Some(holder) => drop(self.0.insert((seat, leg), holder)),
            None => drop(self.0.remove(&(seat, leg))),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::TicketId;

    #[test]
    fn a_holder_gives_up_its_own_legs_of_one_seat() {
        let holder = |number| Holder::Ticket(TicketId(Uuid::from_u128(number)));
        let seat = |number| SeatNumber::new(number).unwrap();
        let held = [
            (seat(1), 0, holder(1)),
            (seat(1), 1, holder(2)),
            (seat(1), 255, holder(1)),
            (seat(2), 0, holder(1)),
        ];
        let mut legs = SeatLegs::default();
        held.into_iter().for_each(|(seat, leg, holder)| legs.set(seat, leg, Some(holder)));
        legs.free(seat(1), holder(1));
        assert!(legs.iter().eq([held[1], held[3]]));
    }
}

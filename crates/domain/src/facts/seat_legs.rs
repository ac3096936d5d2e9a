//! The holders of the legs of one route's seats.

use std::collections::{BTreeMap, BTreeSet};

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

    /// As if no one had them.
    pub(super) fn free(&mut self, seats: &BTreeSet<SeatNumber>) {
        self.0.retain(|(seat, _), _| !seats.contains(seat));
    }

    pub fn set(&mut self, seat: SeatNumber, leg: u8, holder: Option<Holder>) {
        match holder {
            Some(holder) => drop(self.0.insert((seat, leg), holder)),
            None => drop(self.0.remove(&(seat, leg))),
        }
    }
}

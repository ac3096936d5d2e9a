//! A hold that becomes a booking: its seats are the booking's now, and those that the booking does
//! not use are let go.

use super::asked::Asked;
use crate::hold::{Hold, HoldState, TokenHash};
use crate::{
    EventDraft, EventKind, Facts, Holder, Reason, Refusal, Route, RouteId, SeatNumber, Segment,
};

/// The hold that a booking is made with: live, and of the booking's journey.
#[derive(Clone, Copy, Debug)]
pub(super) struct BookedHold<'a>(&'a Hold);

impl<'a> BookedHold<'a> {
    pub(super) fn find(
        token: TokenHash,
        (route_id, segment): (RouteId, Segment),
        asked: Asked<'_>,
        facts: &'a Facts,
    ) -> Result<Self, Refusal> {
        let hold = facts.live_hold(token, asked.now)?;
        if !hold.is_on(route_id, segment) {
            return Err(Refusal::HoldElsewhere);
        }
        Ok(Self(hold))
    }

    pub(super) fn holder(self) -> Holder {
        self.0.holder()
    }

    pub(super) fn seats(&self) -> &'a [SeatNumber] {
        &self.0.seats
    }

    /// Its seats that no traveller of the booking has named, in order: the first ones are for those
    /// who named none.
    pub(super) fn left_open(self, named: impl Iterator<Item = SeatNumber>) -> Vec<SeatNumber> {
        let named: Vec<SeatNumber> = named.collect();
        self.0.seats.iter().copied().filter(|seat| !named.contains(seat)).collect()
    }

    /// The hold after its end, and the events of the seats that the booking does not use.
    pub(super) fn end(
        self,
        route: &Route,
        used: &[SeatNumber],
        asked: Asked<'_>,
    ) -> (Hold, Vec<EventDraft>) {
        let unused: Vec<_> =
            self.0.seats.iter().copied().filter(|seat| !used.contains(seat)).collect();
        let kind = (EventKind::Available, Reason::Released);
        let events = self.0.events(route, &unused, kind, asked.now);
        (self.0.ended(HoldState::Booked, asked.now), events)
    }
}

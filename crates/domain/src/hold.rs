//! A hold: seats kept from others for a few minutes, while the caller types names.
//!
//! Its token is the right to extend it, to let it go, or to turn it into a booking. Only the
//! token's hash is known here.

use std::fmt;

use jiff::Timestamp;

use crate::fair_use::{AddressKey, Caller};
use crate::seat_segment::seat_legs;
use crate::{EventDraft, EventKind, HoldId, Holder, Reason, Route, RouteId, SeatNumber, Segment};

/// The most seats of one hold (contract.md, `POST /holds`).
pub const HOLD_SEATS_MAX: usize = 10;

/// How long a hold that has ended is still known, so that its token is answered with *expired* and
/// not with *unknown*.
pub const ENDED_HOLD_KEPT_SECONDS: i64 = 24 * 3_600;

/// SHA-256 of a hold's token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// Enough of it to tell two apart in a log.
impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "{a:02x}{b:02x}{c:02x}{d:02x}…")
    }
}

/// What a hold is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldKey {
    Id(HoldId),
    Token(TokenHash),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    /// It keeps its seats.
    Live,
    /// Let go before its time.
    Released,
    Expired,
    /// It became a booking.
    Booked,
}

impl HoldState {
    pub const ALL: [Self; 4] = [Self::Live, Self::Released, Self::Expired, Self::Booked];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::Released => "RELEASED",
            Self::Expired => "EXPIRED",
            Self::Booked => "BOOKED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub id: HoldId,
    pub token: TokenHash,
    pub route_id: RouteId,
    pub segment: Segment,
    /// Rising, none twice.
    pub seats: Vec<SeatNumber>,
    /// Who took it; none without an account.
    pub caller: Option<Caller>,
    /// From where; known only while it is live.
    pub address: Option<AddressKey>,
    pub state: HoldState,
    pub expires_at: Timestamp,
    pub is_extended: bool,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl Hold {
    /// Every leg that it holds; none unless it is live.
    pub fn places(&self) -> impl Iterator<Item = (RouteId, SeatNumber, u8)> {
        let seats = if self.state == HoldState::Live { self.seats.as_slice() } else { &[] };
        seat_legs(self.route_id, self.segment, seats)
    }

    /// Whether it is of this journey, so that a booking of it can take the hold's seats.
    pub fn is_on(&self, route_id: RouteId, segment: Segment) -> bool {
        (self.route_id, self.segment) == (route_id, segment)
    }

    pub fn holder(&self) -> Holder {
        Holder::Hold(self.id)
    }

    /// Its time is not over. The sweep may be late, but the hold ends on time.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.state == HoldState::Live && self.expires_at > now
    }

    /// The same hold after its end; the address that it came from is not kept.
    #[must_use]
    pub fn ended(&self, state: HoldState, at: Timestamp) -> Self {
        Self { state, ended_at: Some(at), address: None, ..self.clone() }
    }

    /// An event for each of these seats.
    pub fn events(
        &self,
        route: &Route,
        seats: &[SeatNumber],
        (kind, reason): (EventKind, Reason),
        at: Timestamp,
    ) -> Vec<EventDraft> {
        let draft = |seat: &SeatNumber| {
            EventDraft::without_ticket(route, *seat, self.segment, (kind, reason), at)
        };
        seats.iter().map(draft).collect()
    }
}

//! Holding seats while names are typed: taken, extended once, let go, ended by their time.

use jiff::SignedDuration;

use super::asked::Asked;
use super::scope::Scope;
use crate::fair_use::{Caller, Taking};
use crate::hold::{Hold, HoldKey, HoldState, TokenHash};
use crate::{Change, EventKind, Facts, HoldId, Reason, Refusal, RouteId, SeatNumber};

/// Takes seats for a few minutes.
#[derive(Clone, Debug)]
pub struct TakeHold {
    pub hold_id: HoldId,
    pub token: TokenHash,
    pub route_id: RouteId,
    pub from_city: String,
    pub to_city: String,
    /// Rising, none twice.
    pub seats: Vec<SeatNumber>,
    pub length: SignedDuration,
}

/// Gives a hold its full time again, from now.
#[derive(Clone, Debug)]
pub struct ExtendHold {
    pub token: TokenHash,
    pub length: SignedDuration,
}

/// Lets the seats of a hold go.
#[derive(Clone, Debug)]
pub struct ReleaseHold {
    pub token: TokenHash,
}

/// Ends a hold if its time has come; else changes nothing. It may run late, early, or twice.
#[derive(Clone, Debug)]
pub struct ExpireHold {
    pub hold_id: HoldId,
}

/// What is done with a hold.
#[derive(Clone, Debug)]
pub enum HoldCommand {
    Take(TakeHold),
    Extend(ExtendHold),
    Release(ReleaseHold),
    Expire(ExpireHold),
}

impl HoldCommand {
    pub(super) fn scope(&self) -> Scope<'_> {
        let of = |key| Scope { holds: vec![key], ..Scope::default() };
        match self {
            Self::Take(take) => Scope { routes: vec![take.route_id], ..Scope::default() },
            Self::Extend(ExtendHold { token, .. }) | Self::Release(ReleaseHold { token }) => {
                of(HoldKey::Token(*token))
            }
            Self::Expire(ExpireHold { hold_id }) => of(HoldKey::Id(*hold_id)),
        }
    }

    pub(super) fn decide(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        match self {
            Self::Take(take) => take.decide(asked, facts),
            Self::Extend(extend) => extend.decide(asked, facts),
            Self::Release(release) => release.decide(asked, facts),
            Self::Expire(expire) => expire.decide(asked, facts),
        }
    }

    /// The key of the hold that it is about.
    pub fn key(&self) -> HoldKey {
        match self {
            Self::Take(TakeHold { hold_id, .. }) | Self::Expire(ExpireHold { hold_id }) => {
                HoldKey::Id(*hold_id)
            }
            Self::Extend(ExtendHold { token, .. }) | Self::Release(ReleaseHold { token }) => {
                HoldKey::Token(*token)
            }
        }
    }
}

impl TakeHold {
    fn decide(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        let on = facts.route(self.route_id)?;
        let route = &on.route;
        route.must_be_active()?;
        if let Some(seat) = self.seats.iter().copied().find(|seat| !route.has_seat(*seat)) {
            return Err(Refusal::SeatBeyondBus { seat, seat_count: route.seat_count });
        }
        let segment = route.segment_between(&self.from_city, &self.to_city)?;
        route.price_of(segment)?;
        route.open_for(asked.actor.role(), segment, asked.now)?;
        let caller = asked.actor.user_id().map(Caller::Account);
        let seats = u16::try_from(self.seats.len()).unwrap_or(u16::MAX);
        asked.must_be_fair(on, Taking { caller: caller.as_ref(), seats, instead_of: &[] })?;
        let hold = Hold {
            id: self.hold_id,
            token: self.token,
            route_id: self.route_id,
            segment,
            seats: self.seats.clone(),
            caller,
            address: asked.address(),
            state: HoldState::Live,
            expires_at: asked.now + self.length,
            is_extended: false,
            created_at: asked.now,
            ended_at: None,
        };
        let kind = (EventKind::Reserved, Reason::Held);
        let events = hold.events(route, &hold.seats, kind, asked.now);
        Ok(Change::hold(hold).with_events(self.route_id, events))
    }
}

impl ExtendHold {
    fn decide(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        let hold = facts.live_hold(self.token, asked.now)?;
        if hold.is_extended {
            return Err(Refusal::HoldExtended);
        }
        let expires_at = hold.expires_at.max(asked.now + self.length);
        Ok(Change::hold(Hold { expires_at, is_extended: true, ..hold.clone() }))
    }
}

impl ReleaseHold {
    /// To release a hold that has ended already is no mistake: a page that closes cannot know.
    fn decide(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        let hold = facts.hold_by_token(self.token)?;
        if hold.state != HoldState::Live {
            return Ok(Change::nothing());
        }
        end(hold, asked, facts, (HoldState::Released, Reason::Released))
    }
}

impl ExpireHold {
    fn decide(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        let hold = facts.hold(self.hold_id)?;
        if hold.state != HoldState::Live || hold.expires_at > asked.now {
            return Ok(Change::nothing());
        }
        end(hold, asked, facts, (HoldState::Expired, Reason::Expired))
    }
}

fn end(
    hold: &Hold,
    asked: Asked<'_>,
    facts: &Facts,
    (state, reason): (HoldState, Reason),
) -> Result<Change, Refusal> {
    let route = &facts.route(hold.route_id)?.route;
    let events = hold.events(route, &hold.seats, (EventKind::Available, reason), asked.now);
    Ok(Change::hold(hold.ended(state, asked.now)).with_events(hold.route_id, events))
}

//! Blocking: staff take seats out of sale, and give them back.

use super::asked::Asked;
use super::scope::Scope;
use crate::{
    Block, BlockId, Change, EventDraft, EventKind, Facts, Reason, Refusal, RouteId, SeatNumber,
};

/// Takes free seats out of sale. An end that is not named is the route's own.
#[derive(Clone, Debug)]
pub struct BlockSeats {
    pub block_id: BlockId,
    pub route_id: RouteId,
    pub from_city: Option<String>,
    pub to_city: Option<String>,
    /// Rising, none twice.
    pub seats: Vec<SeatNumber>,
    pub reason: String,
}

#[derive(Clone, Debug)]
pub struct LiftBlock {
    pub block_id: BlockId,
    /// The route it is asked for on.
    pub route_id: RouteId,
}

/// What is done with a block.
#[derive(Clone, Debug)]
pub enum BlockCommand {
    Take(BlockSeats),
    Lift(LiftBlock),
}

impl BlockCommand {
    pub(super) fn scope(&self) -> Scope<'_> {
        match self {
            Self::Take(BlockSeats { route_id, .. }) => {
                Scope { routes: vec![*route_id], ..Scope::default() }
            }
            Self::Lift(LiftBlock { block_id, route_id }) => {
                Scope { routes: vec![*route_id], blocks: vec![*block_id], ..Scope::default() }
            }
        }
    }

    pub(super) fn decide(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        match self {
            Self::Take(take) => take.decide(asked, facts),
            Self::Lift(lift) => lift.decide(asked, facts),
        }
    }

    /// The block that it is about.
    pub fn block_id(&self) -> BlockId {
        match self {
            Self::Take(BlockSeats { block_id, .. }) | Self::Lift(LiftBlock { block_id, .. }) => {
                *block_id
            }
        }
    }
}

impl BlockSeats {
    fn decide(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        asked.actor.must_be_staff()?;
        let route = &facts.route(self.route_id)?.route;
        if let Some(seat) = self.seats.iter().copied().find(|seat| !route.has_seat(*seat)) {
            return Err(Refusal::SeatBeyondBus { seat, seat_count: route.seat_count });
        }
        let segment = route.segment_or_whole(self.from_city.as_deref(), self.to_city.as_deref())?;
        route.must_allow_change(asked.actor.role(), segment, asked.now)?;
        let block = Block {
            id: self.block_id,
            route_id: self.route_id,
            segment,
            seats: self.seats.clone(),
            reason: self.reason.clone(),
            created_at: asked.now,
            is_lifted: false,
        };
        let kind = (EventKind::Confirmed, Reason::Blocked);
        let draft = |seat| EventDraft::without_ticket(route, seat, segment, kind, asked.now);
        let events = self.seats.iter().copied().map(draft).collect();
        Ok(Change::block(block).with_events(self.route_id, events))
    }
}

impl LiftBlock {
    fn decide(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        asked.actor.must_be_staff()?;
        let route = &facts.route(self.route_id)?.route;
        let block = facts.block(self.block_id)?;
        if block.route_id != self.route_id {
            return Err(Refusal::BlockNotFound);
        }
        let kind = (EventKind::Available, Reason::Unblocked);
        let draft = |seat| EventDraft::without_ticket(route, seat, block.segment, kind, asked.now);
        let events = block.seats.iter().copied().map(draft).collect();
        let lifted = Block { is_lifted: true, ..block.clone() };
        Ok(Change::block(lifted).with_events(self.route_id, events))
    }
}

//! Short words for holds and blocks.

use domain::command::{
    BlockCommand, BlockSeats, ExpireHold, ExtendHold, HoldCommand, LiftBlock, ReleaseHold, TakeHold,
};
use domain::hold::TokenHash;
use domain::{Account, Actor, Block, BlockId, Command, Hold, HoldId, Refusal, RouteId, SeatNumber};

use super::{CITIES, Desk, SEAT_HOLD};
use crate::Envelope;

fn rising(seats: &[u16]) -> Vec<SeatNumber> {
    let mut seats: Vec<_> = seats.iter().map(|seat| SeatNumber::new(*seat).unwrap()).collect();
    seats.sort_unstable();
    seats
}

impl Desk {
    /// A hold of seats between two stops of [`CITIES`], and its token.
    pub fn holding(
        &self,
        actor: impl Into<crate::Sender>,
        route_id: RouteId,
        seats: &[u16],
        (from, to): (usize, usize),
    ) -> (TokenHash, Envelope) {
        let hold_id = HoldId(self.id());
        let mut token = TokenHash([7; 32]);
        token.0[..16].copy_from_slice(hold_id.0.as_bytes());
        let take = TakeHold {
            hold_id,
            token,
            route_id,
            from_city: CITIES[from].to_owned(),
            to_city: CITIES[to].to_owned(),
            seats: rising(seats),
            length: SEAT_HOLD,
        };
        (token, self.by(actor, Command::Hold(HoldCommand::Take(take))))
    }

    pub async fn hold(
        &self,
        actor: impl Into<crate::Sender>,
        route_id: RouteId,
        seats: &[u16],
        stops: (usize, usize),
    ) -> Result<(TokenHash, Hold), Refusal> {
        let (token, taking) = self.holding(actor, route_id, seats, stops);
        Ok((token, self.execute(taking).await?.into_hold()))
    }

    pub fn extending(&self, token: TokenHash) -> Envelope {
        let extend = ExtendHold { token, length: SEAT_HOLD };
        self.by(Actor::Anonymous, Command::Hold(HoldCommand::Extend(extend)))
    }

    pub fn releasing(&self, token: TokenHash) -> Envelope {
        let release = ReleaseHold { token };
        self.by(Actor::Anonymous, Command::Hold(HoldCommand::Release(release)))
    }

    pub fn expiring_hold(&self, hold_id: HoldId) -> Envelope {
        self.by(Actor::System, Command::Hold(HoldCommand::Expire(ExpireHold { hold_id })))
    }

    pub async fn block(
        &self,
        actor: Account,
        route_id: RouteId,
        seats: &[u16],
        (from, to): (usize, usize),
    ) -> Result<Block, Refusal> {
        let take = BlockSeats {
            block_id: BlockId(self.id()),
            route_id,
            from_city: Some(CITIES[from].to_owned()),
            to_city: Some(CITIES[to].to_owned()),
            seats: rising(seats),
            reason: "Broken belt".to_owned(),
        };
        let take = Command::Block(BlockCommand::Take(take));
        Ok(self.execute(self.by(actor, take)).await?.into_block())
    }

    pub fn lifting(&self, actor: Account, route_id: RouteId, block_id: BlockId) -> Envelope {
        let lift = LiftBlock { block_id, route_id };
        self.by(actor, Command::Block(BlockCommand::Lift(lift)))
    }
}

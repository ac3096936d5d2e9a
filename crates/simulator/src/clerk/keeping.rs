//! Holding and blocking seats: what is taken is remembered by those who took it, so that it can be let
//! go, lifted, or forgotten until its time.

use booking::{BlockRequest, BookingError, Desk, HoldRequest};
use domain::hold::TokenHash;
use domain::{Account, Actor, BlockId, RouteId};
use tokio::task::JoinHandle;

use super::Said;
use super::asking::{Asking, failed};
use crate::cells::Place;
use crate::chance::Chance;
use crate::question::Wanted;
use crate::town::{AGENT, CITIES, CUSTOMERS, LEGS, ROUTES, SEATS, route_id};

/// What was kept, as far as its answer came.
#[derive(Debug, Default)]
pub(super) struct Keepings {
    tokens: Vec<TokenHash>,
    blocks: Vec<(RouteId, BlockId)>,
    drawn: u64,
}

/// Seats that somebody keeps now.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keeping {
    Hold(TokenHash),
    Block(RouteId, BlockId),
}

impl Keepings {
    pub(super) fn remember(&mut self, keeping: Keeping) {
        match keeping {
            Keeping::Hold(token) => self.tokens.push(token),
            Keeping::Block(route_id, block_id) => self.blocks.push((route_id, block_id)),
        }
    }

    /// Takes seats, or ends what keeps some.
    pub(super) fn ask(&mut self, desk: Desk, chance: &Chance) -> Asking {
        let customer = CUSTOMERS[chance.index(CUSTOMERS.len())];
        match chance.below(8) {
            0 | 1 if !self.tokens.is_empty() => {
                let token = self.tokens.swap_remove(chance.index(self.tokens.len()));
                let ends = async move { done(desk.release_hold(Actor::Anonymous, token).await) };
                ("let go", customer, None, tokio::spawn(ends))
            }
            2 if !self.tokens.is_empty() => {
                let token = self.tokens[chance.index(self.tokens.len())];
                let extends = async move { done(desk.extend_hold(Actor::Anonymous, token).await) };
                ("extend", customer, None, tokio::spawn(extends))
            }
            3 | 4 if !self.blocks.is_empty() => {
                let (route, block) = self.blocks.swap_remove(chance.index(self.blocks.len()));
                let lifts = async move { done(desk.lift_block(AGENT, route, block).await) };
                ("lift", AGENT, None, tokio::spawn(lifts))
            }
            5 => block(desk, chance),
            _ => self.hold(desk, customer, chance),
        }
    }

    fn hold(&mut self, desk: Desk, customer: Account, chance: &Chance) -> Asking {
        let wanted = wanted(chance);
        self.drawn += 1;
        let mut token = TokenHash([0; 32]);
        token.0[..8].copy_from_slice(&chance.below(u64::MAX).to_be_bytes());
        token.0[8..16].copy_from_slice(&self.drawn.to_be_bytes());
        let Place { seat, from, to } = wanted.place;
        let request = HoldRequest {
            route_id: route_id(wanted.route),
            from_city: CITIES[from].to_owned(),
            to_city: CITIES[to].to_owned(),
            seat_numbers: vec![i64::try_from(seat).unwrap_or_default()],
        };
        let task = tokio::spawn(async move {
            match desk.hold(customer, token, request).await {
                Ok(_) => Said::Kept(Keeping::Hold(token)),
                Err(error) => failed(error),
            }
        });
        ("hold", customer, Some(wanted), task)
    }
}

fn block(desk: Desk, chance: &Chance) -> Asking {
    let wanted = wanted(chance);
    let Place { seat, from, to } = wanted.place;
    let request = BlockRequest {
        route_id: route_id(wanted.route),
        from_city: Some(CITIES[from].to_owned()),
        to_city: Some(CITIES[to].to_owned()),
        seat_numbers: vec![i64::try_from(seat).unwrap_or_default()],
        reason: "Broken belt".to_owned(),
    };
    let task: JoinHandle<Said> = tokio::spawn(async move {
        match desk.block(AGENT, request).await {
            Ok(block) => Said::Kept(Keeping::Block(block.route_id, block.id)),
            Err(error) => failed(error),
        }
    });
    ("block", AGENT, Some(wanted), task)
}

fn wanted(chance: &Chance) -> Wanted {
    let from = chance.index(LEGS);
    let to = chance.size(from + 1, LEGS);
    let place = Place { seat: chance.size(1, SEATS), from, to };
    Wanted { route: chance.index(ROUTES), place }
}

fn done<T>(outcome: Result<T, BookingError>) -> Said {
    match outcome {
        Ok(_) => Said::LetGo,
        Err(error) => failed(error),
    }
}

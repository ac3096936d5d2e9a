//! Holds and blocks seats, and remembers them, so that they can be let go, lifted, booked, or left
//! until their time.

use booking::{BlockRequest, HoldRequest};
use domain::hold::TokenHash;
use domain::{Actor, BlockId, RouteId};
use store::Sender;

use super::asking::{customer, number, place, popular_seat};
use crate::cells::Place;
use crate::chance::Chance;
use crate::request::{Held, Keeping, Request, Said, Wanted};
use crate::town::{AGENT, CITIES, ROUTES, route_id};

/// Holds and blocks whose answer has come.
#[derive(Debug, Default)]
pub(super) struct Keepings {
    held: Vec<Held>,
    blocks: Vec<(RouteId, BlockId)>,
    drawn: u64,
}

impl Keepings {
    pub(super) fn remember(&mut self, keeping: Keeping) {
        match keeping {
            Keeping::Hold(held) => self.held.push(held),
            Keeping::Block(route_id, block_id) => self.blocks.push((route_id, block_id)),
        }
    }

    /// A hold to book with; mostly it is forgotten then, because its token is of no use any more.
    pub(super) fn take_for_booking(&mut self, chance: &Chance) -> Option<Held> {
        if self.held.is_empty() {
            return None;
        }
        let at = chance.index(self.held.len());
        Some(if chance.percent(80) { self.held.swap_remove(at) } else { self.held[at] })
    }

    /// Takes seats, or ends a hold or a block.
    pub(super) fn ask(&mut self, chance: &Chance) -> Request {
        let asker = customer(chance);
        match chance.below(8) {
            0 if !self.held.is_empty() => {
                let Held { token, .. } = self.held.swap_remove(chance.index(self.held.len()));
                Request::new("let go", asker, move |desk, sender| async move {
                    let ended = desk.release_hold(anonymous(sender), token).await;
                    Said::of(ended, |_| Said::LetGo)
                })
            }
            1 if !self.held.is_empty() => {
                let Held { token, .. } = self.held[chance.index(self.held.len())];
                Request::new("extend", asker, move |desk, sender| async move {
                    let extended = desk.extend_hold(anonymous(sender), token).await;
                    Said::of(extended, |_| Said::LetGo)
                })
            }
            2 | 3 if !self.blocks.is_empty() => {
                let (route, block) = self.blocks.swap_remove(chance.index(self.blocks.len()));
                Request::new("lift", AGENT, move |desk, sender| async move {
                    let lifted = desk.lift_block(sender, route, block).await;
                    Said::of(lifted, |()| Said::LetGo)
                })
            }
            4 => block(chance),
            _ => self.hold(chance),
        }
    }

    fn hold(&mut self, chance: &Chance) -> Request {
        let (route, places) = wanted(chance);
        self.drawn += 1;
        let mut token = TokenHash([0; 32]);
        token.0[..8].copy_from_slice(&chance.below(u64::MAX).to_be_bytes());
        token.0[8..16].copy_from_slice(&self.drawn.to_be_bytes());
        let Place { from, to, .. } = places[0];
        let form = HoldRequest {
            route_id: route_id(route),
            from_city: CITIES[from].to_owned(),
            to_city: CITIES[to].to_owned(),
            seat_numbers: places.iter().map(|place| number(place.seat)).collect(),
        };
        let held = Held { token, route, from, to };
        let actor = if chance.percent(40) { Actor::Anonymous } else { customer(chance).into() };
        let request = Request::new("hold", actor, move |desk, sender| {
            let form = form.clone();
            async move {
                let taken = desk.hold(sender, token, form).await;
                Said::of(taken, |_| Said::Kept(Keeping::Hold(held)))
            }
        });
        request.wanting(places.into_iter().map(|place| Wanted { route, place }))
    }
}

fn block(chance: &Chance) -> Request {
    let (route, places) = wanted(chance);
    let Place { from, to, .. } = places[0];
    let form = BlockRequest {
        route_id: route_id(route),
        from_city: Some(CITIES[from].to_owned()),
        to_city: Some(CITIES[to].to_owned()),
        seat_numbers: places.iter().map(|place| number(place.seat)).collect(),
        reason: "Broken belt".to_owned(),
    };
    let request = Request::new("block", AGENT, move |desk, sender| {
        let form = form.clone();
        async move {
            Said::of(desk.block(sender, form).await, |block| {
                Said::Kept(Keeping::Block(block.route_id, block.id))
            })
        }
    });
    request.wanting(places.into_iter().map(|place| Wanted { route, place }))
}

/// One seat or several between the same stops.
fn wanted(chance: &Chance) -> (usize, Vec<Place>) {
    let first = place(chance);
    let mut places = vec![first];
    while chance.percent(40) {
        let place = Place { seat: popular_seat(chance), ..first };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    (chance.index(ROUTES), places)
}

/// Any caller with its token may use a hold.
fn anonymous(sender: Sender) -> Sender {
    Sender { actor: Actor::Anonymous, ..sender }
}

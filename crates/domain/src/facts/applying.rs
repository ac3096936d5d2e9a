//! A change is applied to the facts.
//!
//! Invariant: as a whole or not at all, so a refused command leaves no trace and needs no undoing.
//! No change lists the legs that it frees and takes: they follow from each ticket as it was and as
//! it is to be.

use std::collections::BTreeMap;

use super::claiming::Claimed;
use super::standing::IsNew;
use super::{Facts, LegChange};
use crate::fair_use::{AddressKey, Claim};
use crate::seat_segment::SeatLeg;
use crate::{
    Block, Booking, BookingId, Change, Hold, Holder, Payment, Refusal, RouteId, RoutePlace,
    SeatEvent, Ticket, TicketId,
};

/// What a change did to the facts, for a store to write.
#[derive(Debug, Default)]
pub struct Applied {
    /// Each with its old state; `None`: it is new. So with tickets, holds and blocks.
    pub bookings: Vec<(BookingId, Option<Booking>)>,
    pub tickets: Vec<(TicketId, Option<Ticket>)>,
    pub payments: Vec<(Payment, IsNew)>,
    pub holds: Vec<(Hold, Option<Hold>)>,
    pub blocks: Vec<(Block, Option<Block>)>,
    /// Seats that have just run out unpaid, and whose they were; `None`: they were paid later.
    pub run_outs: Vec<(RouteId, Holder, Option<Claim>)>,
    /// From where seats have just been reserved; `None`: they are paid, or their time is over.
    pub reserved_from: Vec<(TicketId, Option<AddressKey>)>,
    pub legs: Vec<LegChange>,
    pub events: Vec<SeatEvent>,
}

impl Facts {
    /// Makes the change, or refuses it because a leg that it takes has another holder.
    pub fn apply(&mut self, change: Change) -> Result<Applied, Refusal> {
        let legs = self.leg_changes(&change)?;
        let Some(mut position) = self.last_position.or(change.events.is_empty().then_some(0))
        else {
            unreachable!("the newest place is loaded before anything is decided")
        };
        // Nothing below can refuse: from here on the change happens as a whole.
        for LegChange { route_id, seat, leg, before, after } in &legs {
            let holders = before.iter().chain(after).map(|holder| (*seat, *holder));
            if let Some(facts) = self.routes.change(*route_id, holders) {
                facts.legs.set(*seat, *leg, *after);
            }
        }
        let Claimed { run_outs, reserved_from } = self.claim(&change);
        let bookings = change.bookings.into_iter().map(|booking| self.keep(booking)).collect();
        let tickets = change.tickets.into_iter().map(|ticket| self.stand(ticket)).collect();
        let holds = change.holds.into_iter();
        let holds = holds.map(|hold| (hold.clone(), self.held.put_hold(hold))).collect();
        let blocks = change.blocks.into_iter();
        let blocks = blocks.map(|block| (block.clone(), self.held.put_block(block))).collect();
        let payments = change.payments.into_iter().map(|payment| self.pay(payment)).collect();
        let mut events = Vec::with_capacity(change.events.len());
        for (route_id, draft) in change.events {
            let Some(RoutePlace { ordinal, seq }) = self.routes.next_place(route_id) else {
                unreachable!("an event is about a seat, whose route was loaded with its holder")
            };
            position += 1;
            events.push(SeatEvent { route_id, ordinal, seq, position, draft });
        }
        self.last_position = self.last_position.map(|_| position);
        Ok(Applied {
            bookings,
            tickets,
            payments,
            holds,
            blocks,
            run_outs,
            reserved_from,
            legs,
            events,
        })
    }

    /// What tickets, holds and blocks hold now, and what they would hold.
    fn leg_changes(&self, change: &Change) -> Result<Vec<LegChange>, Refusal> {
        let mut changes = BTreeMap::new();
        // Freed first: a ticket may move onto legs that it holds itself, or that another ticket or
        // a hold of the same change gives up.
        for (place, holder) in self.held_before(change) {
            changes.insert(place, (Some(holder), None));
        }
        for ((route_id, seat, leg), holder) in change.held_after() {
            let held = self.route(route_id)?.legs.holder(seat, leg);
            let (_, after) = changes.entry((route_id, seat, leg)).or_insert((held, held));
            if after.is_some_and(|other| other != holder) {
                return Err(Refusal::SeatTaken);
            }
            *after = Some(holder);
        }
        let changed = changes.into_iter().filter(|(_, (before, after))| before != after);
        Ok(changed
            .map(|((route_id, seat, leg), (before, after))| LegChange {
                route_id,
                seat,
                leg,
                before,
                after,
            })
            .collect())
    }

    /// What those that a change is about hold before it.
    fn held_before(&self, change: &Change) -> Vec<(SeatLeg, Holder)> {
        let mut held = Vec::new();
        let tickets = change.tickets.iter().filter_map(|ticket| self.tickets.get(&ticket.id));
        for ticket in tickets {
            held.extend(ticket.places().map(|place| (place, Holder::Ticket(ticket.id))));
        }
        for hold in change.holds.iter().filter_map(|hold| self.held.hold(hold.id)) {
            held.extend(hold.places().map(|place| (place, hold.holder())));
        }
        for block in change.blocks.iter().filter_map(|block| self.held.block(block.id)) {
            held.extend(block.places().map(|place| (place, block.holder())));
        }
        held
    }
}

//! The unpaid seats and their callers, kept up to date with every change of a ticket or a hold.
//!
//! A store cannot know everything from tickets and holds alone. So it gets the rest from here:
//! seats that ran out, whose they were, and from where seats were reserved.

use super::Facts;
use crate::fair_use::{AddressKey, Claim};
use crate::{Change, Hold, Holder, RouteId, Ticket, TicketId};

/// What a claim is computed from.
enum ClaimBy<'a> {
    Ticket(Option<&'a Ticket>, &'a Ticket),
    Hold(&'a Hold),
}

/// As in [`Applied`](crate::Applied).
#[derive(Default)]
pub(super) struct Claimed {
    pub(super) run_outs: Vec<(RouteId, Holder, Option<Claim>)>,
    pub(super) reserved_from: Vec<(TicketId, Option<AddressKey>)>,
}

impl Facts {
    pub(super) fn claim(&mut self, change: &Change) -> Claimed {
        let mut claimed = Claimed::default();
        let of_ticket = change.tickets.iter().map(|after| {
            let before = self.tickets.get(&after.id);
            (after.route_id, Holder::Ticket(after.id), ClaimBy::Ticket(before, after))
        });
        let of_hold =
            change.holds.iter().map(|hold| (hold.route_id, hold.holder(), ClaimBy::Hold(hold)));
        for (route_id, holder, by) in of_ticket.chain(of_hold) {
            let seats = match by {
                ClaimBy::Ticket(_, after) => std::slice::from_ref(&after.seat),
                ClaimBy::Hold(hold) => hold.seats.as_slice(),
            };
            let seats = seats.iter().map(|seat| (*seat, holder));
            let Some(facts) = self.routes.change(route_id, seats) else {
                unreachable!("a ticket or a hold is changed on a route that was loaded with it")
            };
            let known = facts.claims.get(holder);
            let claim = match by {
                ClaimBy::Ticket(before, after) => {
                    Claim::of_ticket(before, after, known, change.address)
                }
                ClaimBy::Hold(after) => Claim::of_hold(after, known),
            };
            claimed.note(route_id, holder, (known, claim.as_ref()));
            if let Some(at) = claim.as_ref().and_then(|claim| claim.ran_out_at) {
                facts.claims.forget_before(at);
            }
            facts.claims.set(holder, claim);
        }
        claimed
    }
}

impl Claimed {
    fn note(
        &mut self,
        route_id: RouteId,
        holder: Holder,
        (before, after): (Option<&Claim>, Option<&Claim>),
    ) {
        let ran_out = |claim: Option<&Claim>| claim.and_then(|claim| claim.ran_out_at);
        if ran_out(before) != ran_out(after) {
            let ran_out = after.filter(|claim| claim.ran_out_at.is_some());
            self.run_outs.push((route_id, holder, ran_out.cloned()));
        }
        // A hold's address stands in the hold.
        if let Holder::Ticket(ticket_id) = holder {
            let owed_from = |claim: Option<&Claim>| {
                claim.filter(|claim| claim.ran_out_at.is_none()).and_then(|claim| claim.address)
            };
            let after = owed_from(after);
            if owed_from(before) != after {
                self.reserved_from.push((ticket_id, after));
            }
        }
    }
}

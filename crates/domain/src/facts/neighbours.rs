//! Who sits beside whom on a route, and the refusal of a change that seats a passenger against the
//! rule.
//!
//! Checked for every change that is decided, by any command: a booking, another seat, another
//! gender, a suspended ticket that takes its seat again. A ticket that keeps its place keeps it,
//! also if the rule was made after it was sold.

use super::{Facts, RouteFacts, TicketFacts};
use crate::seat_segment::SeatSegment;
use crate::{Change, Holder, NeighbourRule, Pnr, Refusal, SeatGrid, Seating, Segment, Ticket};

impl RouteFacts {
    /// The route's own rule, or else the company's default.
    pub fn neighbour_rule(&self, house: NeighbourRule) -> NeighbourRule {
        self.route.neighbour_rule.unwrap_or(house)
    }

    /// The seats on a segment as the booking with this code finds them.
    pub fn seating<'g>(
        &self,
        grid: &'g SeatGrid,
        segment: Segment,
        own: Option<&Pnr>,
        rule: NeighbourRule,
    ) -> Seating<'g> {
        let mut seating = Seating::new(grid, rule);
        for (seat, leg, holder) in self.legs.iter() {
            if !segment.legs().contains(&leg) {
                continue;
            }
            let sitter = match holder {
                Holder::Ticket(id) => self.sitters.as_ref().and_then(|all| all.0.get(&id)),
                Holder::Hold(_) | Holder::Block(_) => None,
            };
            match sitter {
                Some((_, pnr)) if Some(pnr) == own => seating.keep_for_own(seat),
                sitter => seating.take(seat, sitter.map(|(gender, _)| *gender)),
            }
        }
        seating
    }
}

impl TicketFacts<'_> {
    /// Whether the ticket could take its seat again beside the passengers who sit there now.
    pub(crate) fn neighbours_admit(&self, house: NeighbourRule) -> bool {
        let rule = self.on_route.neighbour_rule(house);
        if rule == NeighbourRule::Off {
            return true;
        }
        let Ticket { segment, pnr, seat, passenger, .. } = self.ticket;
        let grid = SeatGrid::of(&self.on_route.bus.details.layout);
        self.on_route.seating(&grid, *segment, Some(pnr), rule).admits(*seat, passenger.gender)
    }
}

impl Facts {
    /// Refuses a change that seats a passenger beside a stranger of another gender.
    pub(crate) fn keep_neighbour_rule(
        &self,
        change: &Change,
        house: NeighbourRule,
    ) -> Result<(), Refusal> {
        for ticket in change.tickets.iter().filter(|ticket| ticket.status.holds_seat()) {
            let on_route = self.route(ticket.route_id)?;
            let rule = on_route.neighbour_rule(house);
            if rule == NeighbourRule::Off || self.keeps_its_place(ticket) {
                continue;
            }
            // A seat that is taken is refused later, when the change is applied.
            if !self.may_be_taken(ticket, change)? {
                continue;
            }
            let grid = SeatGrid::of(&on_route.bus.details.layout);
            let mut seating = on_route.seating(&grid, ticket.segment, Some(&ticket.pnr), rule);
            let held_here =
                change.holds.iter().filter(|hold| hold.is_on(ticket.route_id, ticket.segment));
            held_here.for_each(|hold| hold.seats.iter().for_each(|seat| seating.let_go(*seat)));
            if seating.admits(ticket.seat, ticket.passenger.gender) {
                continue;
            }
            let mut would_do = seating.seats_that_would_do(ticket.passenger.gender);
            // The other travellers of the booking get the seats that they asked for.
            would_do.retain(|seat| {
                let on_it = |other: &Ticket| {
                    (other.route_id, other.seat) == (ticket.route_id, *seat)
                        && other.segment.overlaps(ticket.segment)
                };
                !change.tickets.iter().any(on_it)
            });
            return Err(Refusal::NeighbourRule {
                seat: ticket.seat,
                seats_that_would_do: would_do,
            });
        }
        Ok(())
    }

    /// Whether the ticket's seat is free for it on the whole of its segment.
    pub(super) fn may_be_taken(&self, ticket: &Ticket, change: &Change) -> Result<bool, Refusal> {
        // A hold that becomes this booking keeps its seats for it.
        let ends = |holder| change.holds.iter().any(|hold| hold.holder() == holder);
        let is_its_own = |holder| holder == Holder::Ticket(ticket.id) || ends(holder);
        let legs = &self.route(ticket.route_id)?.legs;
        Ok(legs.is_free_but_for(SeatSegment::of(ticket), is_its_own))
    }

    fn keeps_its_place(&self, after: &Ticket) -> bool {
        self.tickets.get(&after.id).is_some_and(|before| {
            let place = |ticket: &Ticket| (ticket.seat, ticket.segment, ticket.passenger.gender);
            before.status.holds_seat() && place(before) == place(after)
        })
    }
}

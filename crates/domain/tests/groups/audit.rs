//! The promises, checked from scratch.

use std::collections::{BTreeMap, BTreeSet};

use domain::booking::Sums;
use domain::seat_map::{Occupied, SeatMap};
use domain::*;

use super::world::{Booked, Entry, SEATS, World};

impl World {
    pub(crate) fn audit(&mut self) {
        self.audit_legs();
        self.audit_bookings();
        for route in self.routes {
            self.audit_map(route);
        }
        self.audit_money();
        self.audit_neighbours();
    }

    /// The occupied legs are those of live tickets, holds and blocks, each held once.
    fn audit_legs(&self) {
        let tickets = self.tickets.values().flat_map(|ticket| {
            ticket.places().map(move |place| (place, Holder::Ticket(ticket.id)))
        });
        let holds = self
            .holds
            .values()
            .flat_map(|hold| hold.places().map(move |place| (place, hold.holder())));
        let blocks = self
            .blocks
            .values()
            .flat_map(|block| block.places().map(move |place| (place, block.holder())));
        let mut expected = BTreeMap::new();
        for (place, holder) in tickets.chain(holds).chain(blocks) {
            let other = expected.insert(place, holder);
            assert_eq!(other, None, "{holder:?} holds what another holds: {place:?}");
        }
        assert_eq!(self.legs, expected);
        for route in self.routes {
            let of_route = self.legs.iter().filter(|((on, ..), _)| *on == route);
            let told = of_route.map(|((_, seat, leg), holder)| (*seat, *leg, *holder));
            let known = &self.facts.route(route).unwrap().legs;
            assert!(told.eq(known.iter()), "what was told is what the facts say");
        }
    }

    /// A booking is all there or not at all, under one code.
    fn audit_bookings(&self) {
        let mut codes = BTreeSet::new();
        for (id, Booked { booking, tickets }) in &self.bookings {
            assert!(codes.insert(booking.pnr.clone()), "two bookings as {}", booking.pnr);
            let of_it = self.tickets.values().filter(|ticket| ticket.booking_id == *id);
            let of_it: BTreeSet<_> = of_it
                .map(|ticket| {
                    assert_eq!((&ticket.pnr, ticket.user_id), (&booking.pnr, booking.user_id));
                    ticket.id
                })
                .collect();
            assert_eq!(of_it, *tickets, "booking {id:?}");
        }
        for ticket in self.tickets.values() {
            assert!(self.bookings.contains_key(&ticket.booking_id), "{ticket:?} is of no booking");
        }
    }

    /// The folded events are the map.
    fn audit_map(&self, route: RouteId) {
        let mut folded = SeatMap::default();
        for event in self.events.iter().filter(|event| event.route_id == route) {
            folded.apply(event).unwrap();
        }
        let live = |ticket: &&Ticket| ticket.route_id == route && ticket.status.holds_seat();
        let tickets = self.tickets.values().filter(live).map(|ticket| {
            let gender = Some(ticket.passenger.gender);
            ((ticket.seat, ticket.segment), Occupied { status: ticket.status, gender })
        });
        let kept = |status, seats: &[SeatNumber], segment| {
            let occupied = Occupied { status, gender: None };
            seats.iter().map(|seat| ((*seat, segment), occupied)).collect::<Vec<_>>()
        };
        let holds = self.holds.values().filter(|hold| hold.route_id == route);
        let holds = holds.filter(|hold| hold.places().next().is_some());
        let holds = holds.flat_map(|hold| kept(TicketStatus::Reserved, &hold.seats, hold.segment));
        let blocks = self.blocks.values().filter(|block| block.route_id == route);
        let blocks = blocks.filter(|block| !block.is_lifted);
        let blocks =
            blocks.flat_map(|block| kept(TicketStatus::Confirmed, &block.seats, block.segment));
        let seq = self.facts.route(route).unwrap().route.seq;
        assert_eq!(folded, SeatMap::new(seq, tickets.chain(holds).chain(blocks)));
    }

    /// Per ticket, booking and payer: what was taken is what is paid for, what is owed back, and
    /// what went back.
    fn audit_money(&self) {
        use PaymentState::{Captured, Declined, Refunded, Refunding, Started};
        let of_ticket = |id, state| {
            let shares = self.payments.values().filter_map(move |payment| payment.share(id));
            shares.filter(move |share| share.state == state)
        };
        for ticket in self.tickets.values() {
            let count = |state| of_ticket(ticket.id, state).count();
            let is_paid = ticket.payment_status == PaymentStatus::Paid;
            assert_eq!(count(Captured), usize::from(is_paid), "{ticket:?}");
            assert!(count(Started) <= 1, "two charges at once for {ticket:?}");
            let given_back = count(Refunding) + count(Refunded);
            assert!(
                ticket.payment_status != PaymentStatus::Refunded || given_back > 0,
                "{ticket:?}"
            );
            for state in PaymentState::ALL {
                assert!(of_ticket(ticket.id, state).all(|share| share.amount == ticket.price));
            }
        }
        let mut taken: BTreeMap<Option<UserId>, Kurus> = BTreeMap::new();
        let mut accounted = taken.clone();
        let nothing = Entry::default();
        for payment in self.payments.values() {
            let booked = &self.bookings[&payment.booking_id];
            let is_of_it = |share: &Share| booked.tickets.contains(&share.ticket_id);
            assert!(payment.shares.iter().all(is_of_it), "of another booking: {payment:?}");
            let account = payment.paid_by.account();
            let is_theirs = booked.booking.user_id == account
                || [self.agent, self.admin].iter().any(|staff| Some(staff.user_id) == account);
            assert!(is_theirs, "{payment:?} is paid by a stranger");
            let Entry { taken: by_bank, given_back } =
                self.bank.get(&payment.id).unwrap_or(&nothing);
            add(&mut taken, account, *by_bank);
            for share in &payment.shares {
                let back = given_back.get(&share.ticket_id).copied();
                assert_eq!(back, (share.state == Refunded).then_some(share.amount), "{payment:?}");
                if !matches!(share.state, Started | Declined) {
                    add(&mut accounted, account, share.amount);
                }
            }
        }
        taken.retain(|_, sum| *sum != Kurus::default());
        assert_eq!(taken, accounted, "per payer");
        for (id, Booked { tickets, .. }) in &self.bookings {
            let facts = self.facts.booking(*id).unwrap();
            let sums = Sums::of(facts.tickets.iter().map(|on| on.ticket), facts.payments);
            let paid = tickets.iter().map(|id| &self.tickets[id]);
            let paid = paid.filter(|ticket| ticket.payment_status == PaymentStatus::Paid);
            let paid: Kurus = paid.map(|ticket| ticket.price).sum();
            assert_eq!(sums.paid, paid + sums.refunded, "booking {id:?}");
        }
    }

    /// Strangers, a man and a woman, who sit beside each other on the route with the rule. Rows of
    /// two seats, the corridor, and one.
    pub(crate) fn strangers(&self) -> BTreeSet<(TicketId, TicketId)> {
        let live = |ticket: &&Ticket| ticket.route_id == self.ruled && ticket.status.holds_seat();
        let live: Vec<_> = self.tickets.values().filter(live).collect();
        let are_strangers = |one: &Ticket, other: &Ticket| {
            let (left, right) = (one.seat.min(other.seat).get(), one.seat.max(other.seat).get());
            let genders = [one.passenger.gender, other.passenger.gender];
            one.booking_id != other.booking_id
                && left + 1 == right
                && left % 3 == 1
                && right <= SEATS
                && one.segment.overlaps(other.segment)
                && genders.contains(&Gender::Male)
                && genders.contains(&Gender::Female)
        };
        let pairs = live.iter().flat_map(|one| live.iter().map(move |other| (*one, *other)));
        let pairs = pairs.filter(|(one, other)| one.id < other.id && are_strangers(one, other));
        pairs.map(|(one, other)| (one.id, other.id)).collect()
    }

    fn audit_neighbours(&mut self) {
        let strangers = self.strangers();
        let wrong: Vec<_> = strangers.difference(&self.allowed).collect();
        assert!(wrong.is_empty(), "strangers side by side: {wrong:?}");
        // A passenger who leaves the seat and takes it again is checked again.
        self.allowed = strangers;
    }
}

fn add(sums: &mut BTreeMap<Option<UserId>, Kurus>, of: Option<UserId>, amount: Kurus) {
    let sum = sums.entry(of).or_default();
    *sum = *sum + amount;
}

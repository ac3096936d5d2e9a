//! What an audited store holds, and what must be true of it.

use std::collections::BTreeMap;

use domain::seat_map::{Occupied, SeatMap};
use domain::{
    Block, EventKind, Payment, PaymentState, PaymentStatus, Reason, RouteChange, RouteEvent,
    RouteId, RoutePlace, SeatEvent, SeatSnapshot, TakenSeat, Ticket, TicketId, TicketStatus,
};

use super::groups;
use crate::{CommittedGroup, GroupHead};

/// What an audited store holds.
#[derive(Debug)]
pub struct Ledger {
    pub events: BTreeMap<RouteId, Vec<RouteEvent>>,
    pub tickets: BTreeMap<TicketId, Ticket>,
    pub payments: BTreeMap<TicketId, Vec<Payment>>,
    pub snapshots: BTreeMap<RouteId, SeatSnapshot>,
    pub blocks: BTreeMap<RouteId, Vec<Block>>,
    /// The chain of groups, and its newest.
    pub groups: Vec<CommittedGroup>,
    pub newest: GroupHead,
    /// Whether a hold is live.
    pub(super) has_holds: bool,
}

impl Ledger {
    /// Rules 1, 2, 3 and 7 of what must always hold.
    pub fn check(&self) {
        for (route_id, events) in &self.events {
            self.check_events(*route_id, events);
            self.check_seats(*route_id);
        }
        groups::check(&self.groups, self.newest);
        self.check_told(
            &self.groups.iter().flat_map(|group| group.events.clone()).collect::<Vec<_>>(),
        );
        for ticket in self.tickets.values() {
            check_money(ticket, &self.payments[&ticket.id]);
        }
    }

    /// The events of a route's seats alone.
    pub fn seat_events(&self, route_id: RouteId) -> impl Iterator<Item = &SeatEvent> {
        self.events[&route_id].iter().filter_map(RouteEvent::seat)
    }

    fn check_events(&self, route_id: RouteId, events: &[RouteEvent]) {
        let mut place = RoutePlace::START;
        for event in events {
            assert_eq!(event.route_id(), route_id);
            place = match event {
                RouteEvent::Seat(_) => place.after_seat_event(),
                RouteEvent::Update(_) => place.after_route_change(),
            };
            assert_eq!(event.place(), place, "events are numbered without a hole");
            let Some(event) = event.seat() else { continue };
            let ticket = event.draft.ticket.as_ref();
            if let Some(of) = ticket {
                let ticket = &self.tickets[&of.id];
                assert_eq!((ticket.route_id, &ticket.pnr), (route_id, &of.pnr));
            }
            let of_none = matches!(
                event.draft.reason,
                Reason::Held | Reason::Released | Reason::Blocked | Reason::Unblocked
            );
            let ran_out = (event.draft.kind, event.draft.reason);
            let may_be_none = ran_out == (EventKind::Available, Reason::Expired);
            assert!(ticket.is_some() != of_none || may_be_none, "a ticket, or none: {event:?}");
        }
        let rising = events.windows(2).all(|pair| pair[0].position() < pair[1].position());
        assert!(rising, "positions rise strictly along a route");
        assert_eq!(self.snapshots[&route_id].route.head(), place);
        for ticket in self.tickets.values().filter(|ticket| ticket.route_id == route_id) {
            let of_it = |event: &&SeatEvent| event.draft.ticket_id() == Some(ticket.id);
            assert!(
                self.seat_events(route_id).any(|event| of_it(&event)),
                "a ticket is never sold untold"
            );
        }
    }

    fn check_seats(&self, route_id: RouteId) {
        let mut live: Vec<&Ticket> = self
            .tickets
            .values()
            .filter(|ticket| ticket.route_id == route_id && ticket.status.holds_seat())
            .collect();
        live.sort_by_key(|ticket| (ticket.seat, ticket.segment));
        for pair in live.windows(2) {
            let shared = pair[0].seat == pair[1].seat && pair[0].segment.overlaps(pair[1].segment);
            assert!(!shared, "sold twice: {:?} and {:?}", pair[0], pair[1]);
        }
        check_people(&live);
        let snapshot = &self.snapshots[&route_id];
        let tickets = live.iter().map(|ticket| taken_seat(ticket));
        let blocked = self.blocks[&route_id].iter().flat_map(blocked_seats);
        let mut expected: Vec<TakenSeat> = tickets.chain(blocked).collect();
        expected.sort_by_key(|taken| (taken.seat, taken.segment));
        let is_held = |taken: &TakenSeat| taken.gender.is_none() && !taken.is_blocked;
        let (held, others): (Vec<TakenSeat>, Vec<TakenSeat>) =
            snapshot.taken.iter().cloned().partition(is_held);
        assert_eq!(others, expected, "the snapshot is the live tickets, the blocks and the holds");
        assert!(held.is_empty() || self.has_holds, "held, and by no hold: {held:?}");
        for pair in snapshot.taken.windows(2) {
            let shared = pair[0].seat == pair[1].seat && pair[0].segment.overlaps(pair[1].segment);
            assert!(!shared, "taken twice: {:?} and {:?}", pair[0], pair[1]);
        }
        let mut folded = SeatMap::default();
        for event in self.seat_events(route_id) {
            folded.apply(event).unwrap();
        }
        assert_eq!(folded, map_of(snapshot), "the folded events are the snapshot");
    }

    /// Whether what was sent is what is stored: each event once, each route in order.
    pub fn check_told(&self, told: &[RouteEvent]) {
        let mut by_route: BTreeMap<RouteId, Vec<RouteEvent>> =
            self.events.keys().map(|id| (*id, Vec::new())).collect();
        for event in told {
            by_route.entry(event.route_id()).or_default().push(event.clone());
        }
        by_route.retain(|route_id, events| {
            let is_gone = !self.events.contains_key(route_id);
            if is_gone {
                let deleted = |event: &RouteEvent| {
                    matches!(event, RouteEvent::Update(update) if update.change == RouteChange::Deleted)
                };
                assert!(events.last().is_some_and(deleted), "only a deleted route is gone");
                assert!(!events.iter().any(|event| event.seat().is_some()), "sold, and deleted");
            }
            !is_gone
        });
        assert_eq!(by_route, self.events, "what was told is what is stored");
        let rising = told.windows(2).all(|pair| pair[0].position() < pair[1].position());
        assert!(rising, "told in the order of the commits");
    }

    /// The tickets that hold their seats.
    pub fn live(&self) -> impl Iterator<Item = &Ticket> {
        self.tickets.values().filter(|ticket| ticket.status.holds_seat())
    }
}

/// No person has two seats at once, as far as they are known by a document; but staff may sell a
/// person a second seat.
fn check_people(live: &[&Ticket]) {
    let is_by_staff = |ticket: &Ticket| {
        (ticket.user_id.is_none() && ticket.issued_by_id.is_some())
            || ticket.changed_by_id.is_some()
    };
    let known = live.iter().filter(|it| it.passenger.identity.is_some() && !is_by_staff(it));
    let known: Vec<_> = known.collect();
    for (at, one) in known.iter().enumerate() {
        let is_twice = |other: &&&&Ticket| {
            one.passenger.identity == other.passenger.identity
                && one.segment.overlaps(other.segment)
        };
        let again = known[at + 1..].iter().find(is_twice);
        assert!(again.is_none(), "two seats for one person: {one:?} and {again:?}");
    }
}

fn taken_seat(ticket: &Ticket) -> TakenSeat {
    let (seat, segment) = (ticket.seat, ticket.segment);
    let gender = Some(ticket.passenger.gender);
    TakenSeat { seat, segment, status: ticket.status, gender, is_blocked: false }
}

fn blocked_seats(block: &Block) -> impl Iterator<Item = TakenSeat> + '_ {
    block.seats.iter().map(|seat| TakenSeat {
        seat: *seat,
        segment: block.segment,
        status: TicketStatus::Confirmed,
        gender: None,
        is_blocked: true,
    })
}

/// A snapshot as the map that a viewer keeps.
pub fn map_of(snapshot: &SeatSnapshot) -> SeatMap {
    let occupied = |seat: &TakenSeat| {
        ((seat.seat, seat.segment), Occupied { status: seat.status, gender: seat.gender })
    };
    SeatMap::new(snapshot.seq, snapshot.taken.iter().map(occupied))
}

/// Kept money belongs to a paid ticket; a refunded ticket's money went back or is on its way.
fn check_money(ticket: &Ticket, payments: &[Payment]) {
    let count = |state| {
        let shares = payments.iter().filter_map(|payment| payment.share(ticket.id));
        shares.filter(|share| share.state == state).count()
    };
    let captured = count(PaymentState::Captured);
    let given_back = count(PaymentState::Refunding) + count(PaymentState::Refunded);
    match ticket.payment_status {
        PaymentStatus::Paid => assert_eq!(captured, 1, "paid exactly once: {payments:?}"),
        PaymentStatus::Pending => assert_eq!(captured, 0, "kept without a ticket: {payments:?}"),
        PaymentStatus::Refunded => {
            assert_eq!(captured, 0, "refunded and kept: {payments:?}");
            assert!(given_back > 0, "refunded, but nothing went back: {payments:?}");
        }
    }
    let is_its_price = |payment: &Payment| {
        payment.share(ticket.id).is_some_and(|share| share.amount == ticket.price)
    };
    assert!(payments.iter().all(is_its_price), "{payments:?}");
    if ticket.status == TicketStatus::Confirmed {
        assert_eq!(ticket.payment_status, PaymentStatus::Paid, "confirmed is paid");
    }
    let hold_ends = ticket.expires_at.is_some();
    assert_eq!(hold_ends, ticket.status == TicketStatus::Reserved, "only a hold has an end");
}

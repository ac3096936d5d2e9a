//! The auditor: reads everything through the port and checks the promises from scratch.

mod payers;

use std::collections::BTreeMap;

use domain::booking::Sums;
use domain::seat_map::{Occupied, SeatMap};
use domain::{
    Block, EventKind, Kurus, Ordinal, Payment, PaymentState, PaymentStatus, Reason, RouteChange,
    RouteEvent, RouteId, RoutePlace, SeatEvent, SeatSnapshot, Share, TakenSeat, Ticket, TicketId,
    TicketStatus,
};

use jiff::Timestamp;

use super::{EVERYTHING, chain, trail};
use crate::{BookingView, CommittedGroup, GroupHead, RouteFilter, Store, TicketFilter};

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
    has_holds: bool,
}

/// Reads a store at rest and panics at the first broken promise.
pub async fn audit(store: &dyn Store) -> Ledger {
    let mut ledger = Ledger {
        events: BTreeMap::new(),
        tickets: BTreeMap::new(),
        payments: BTreeMap::new(),
        snapshots: BTreeMap::new(),
        blocks: BTreeMap::new(),
        groups: chain::read_all(store).await,
        newest: store.newest_group().await.unwrap(),
        has_holds: !store.due_seat_holds(Timestamp::MAX, 1).await.unwrap().is_empty(),
    };
    let routes = store.routes(RouteFilter::default(), EVERYTHING).await.unwrap();
    assert_eq!(routes.items.len() as u64, routes.total, "the whole list was read");
    for view in routes.items {
        let id = view.route.id;
        let events = store.events(id, Ordinal::ZERO, usize::MAX >> 1).await.unwrap();
        assert_eq!(store.head(id).await.unwrap(), Some(view.route.head()));
        ledger.events.insert(id, events);
        ledger.blocks.insert(id, store.blocks(id).await.unwrap());
        ledger.snapshots.insert(id, store.seat_snapshot(id).await.unwrap().unwrap());
    }
    let tickets = store.tickets(TicketFilter::default(), EVERYTHING).await.unwrap();
    assert_eq!(tickets.items.len() as u64, tickets.total, "the whole list was read");
    for view in tickets.items {
        let id = view.ticket.id;
        ledger.payments.insert(id, store.ticket_payments(id).await.unwrap());
        let booking = store.booking_by_pnr(&view.ticket.pnr).await.unwrap().unwrap();
        let first = store.ticket_by_pnr(&view.ticket.pnr).await.unwrap();
        assert_eq!(first.as_ref(), booking.tickets.first(), "a code finds its first ticket");
        assert!(booking.tickets.contains(&view), "each code finds its own tickets");
        check_booking(&booking);
        trail::must_tell(store, &view.ticket).await;
        assert!(ledger.tickets.insert(id, view.ticket).is_none(), "each ticket is listed once");
    }
    ledger.check();
    payers::check(&ledger, store).await;
    ledger
}

impl Ledger {
    /// Rules 1, 2, 3 and 7 of what must always hold.
    pub fn check(&self) {
        for (route_id, events) in &self.events {
            self.check_events(*route_id, events);
            self.check_seats(*route_id);
        }
        chain::check(&self.groups, self.newest);
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

    /// Whether what was told is what is stored: each event once, each route in order.
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

/// A snapshot as a viewer keeps it.
pub fn map_of(snapshot: &SeatSnapshot) -> SeatMap {
    let occupied = |seat: &TakenSeat| {
        ((seat.seat, seat.segment), Occupied { status: seat.status, gender: seat.gender })
    };
    SeatMap::new(snapshot.seq, snapshot.taken.iter().map(occupied))
}

/// What is said of a booking is what its tickets and payments say.
fn check_booking(view: &BookingView) {
    let BookingView { booking, tickets, payments } = view;
    let tickets = || tickets.iter().map(|view| &view.ticket);
    for ticket in tickets() {
        let said = (ticket.booking_id, &ticket.pnr, &ticket.phone, ticket.user_id);
        let meant = (booking.id, &booking.pnr, &booking.contact.phone, booking.user_id);
        assert_eq!(said, meant, "a ticket says of its booking what that says of itself");
    }
    for payment in payments {
        assert_eq!(payment.booking_id, booking.id);
        assert!(!payment.shares.is_empty(), "a payment is for something: {payment:?}");
        let is_of_it = |share: &Share| tickets().any(|ticket| ticket.id == share.ticket_id);
        assert!(payment.shares.iter().all(is_of_it), "{payment:?} is for tickets of another");
    }
    let Sums { total: _, paid, refunded } = Sums::of(tickets(), payments);
    let is_paid = |ticket: &&Ticket| ticket.payment_status == PaymentStatus::Paid;
    let kept: Kurus = tickets().filter(is_paid).map(|ticket| ticket.price).sum();
    assert_eq!(paid.get() - refunded.get(), kept.get(), "a booking's money adds up: {view:?}");
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

//! A store in thirty lines of memory: facts in, what was applied out.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::command::{
    Amend, BeginPayment, Book, Cancel, ChargeOutcome, Confirm, Expire, FinishRefund, Journey,
    Refund, SettlePayment, Suspend, Traveller, Unchanged,
};
use domain::fair_use::Claims;
use domain::passenger::Phone;
use domain::seat_map::{Occupied, SeatMap};
use domain::ticket::{Gender, PaymentStatus};
use domain::*;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

pub(crate) const HOLD_SECONDS: i64 = 900;
pub(crate) const DEPARTURE_SECONDS: i64 = 36_000;
pub(crate) const LEG_SECONDS: i64 = 3_600;
pub(crate) const SEATS: u16 = 4;
pub(crate) const CITIES: [&str; 4] = ["İstanbul", "İzmit", "Bolu", "Ankara"];

pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) customer: Account,
    pub(crate) other: Account,
    pub(crate) agent: Account,
    pub(crate) admin: Account,
    pub(crate) events: Vec<SeatEvent>,
    pub(crate) legs: BTreeMap<(SeatNumber, u8), Holder>,
    pub(crate) route: Route,
    bus: Arc<Bus>,
    pub(crate) tickets: BTreeMap<TicketId, Ticket>,
    bookings: BTreeMap<BookingId, Booking>,
    pub(crate) payments: Vec<Payment>,
    /// How long a reservation may stay unpaid.
    pub(crate) hold: SignedDuration,
    ids: u128,
}

fn bus(now: Timestamp) -> Bus {
    let layout_type = LayoutType::TwoOne;
    let details = BusDetails {
        plate: "34 A 1".into(),
        model: "Travego".into(),
        seat_count: SEATS,
        layout_type,
        layout: Layout::generate(layout_type, SEATS),
        layout_id: None,
        layout_name: None,
        specs: BusSpecs::default(),
        features: Vec::new(),
        test_lat: None,
        test_lng: None,
        bus_phone: None,
        owner: None,
        tax_office: None,
        tax_number: None,
    };
    Bus { id: BusId(Uuid::from_u128(11)), details, created_at: now, updated_at: now }
}

/// Every ticket of this world is a booking by itself: groups have a world of their own.
pub(crate) fn booking_of(ticket_id: TicketId) -> BookingId {
    BookingId(ticket_id.0)
}

pub(crate) fn captured() -> ChargeOutcome {
    ChargeOutcome::Captured { transaction_id: "tx".into() }
}

impl World {
    pub(crate) fn new() -> Self {
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let actor = |id, role| Account { user_id: UserId(Uuid::from_u128(id)), role };
        let stop = |(index, name): (usize, &&str)| Stop {
            name: (*name).into(),
            time: now
                + SignedDuration::from_secs(
                    DEPARTURE_SECONDS + LEG_SECONDS * i64::try_from(index).unwrap(),
                ),
        };
        Self {
            now,
            customer: actor(1, Role::Customer),
            other: actor(2, Role::Customer),
            agent: actor(3, Role::Agent),
            admin: actor(4, Role::Admin),
            events: Vec::new(),
            legs: BTreeMap::new(),
            route: Route {
                id: RouteId(Uuid::from_u128(10)),
                bus_id: BusId(Uuid::from_u128(11)),
                seat_count: SEATS,
                stops: CITIES.iter().enumerate().map(stop).collect(),
                sold_times: None,
                rest_stops: Arc::default(),
                price: Kurus::from_lira(300),
                fares: Arc::default(),
                kind: RouteKind::Standard,
                crew: Arc::default(),
                is_active: true,
                neighbour_rule: None,
                ordinal: Ordinal::ZERO,
                seq: Seq::ZERO,
                created_at: now,
                updated_at: now,
            },
            bus: Arc::new(bus(now)),
            tickets: BTreeMap::new(),
            bookings: BTreeMap::new(),
            payments: Vec::new(),
            hold: SignedDuration::from_secs(HOLD_SECONDS),
            ids: 100,
        }
    }

    fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    pub(crate) fn advance_seconds(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    pub(crate) fn ticket(&self, id: TicketId) -> &Ticket {
        &self.tickets[&id]
    }

    pub(crate) fn payment(&self, id: PaymentId) -> &Payment {
        self.payments.iter().find(|payment| payment.id == id).unwrap()
    }

    pub(crate) fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        let mut legs = SeatLegs::default();
        for ((seat, leg), holder) in &self.legs {
            legs.set(*seat, *leg, Some(*holder));
        }
        facts.put_route(RouteFacts {
            route: self.route.clone(),
            bus: Arc::clone(&self.bus),
            legs,
            claims: Claims::default(),
            sitters: None,
        });
        for booking in self.bookings.values() {
            let of_booking = |payment: &&Payment| payment.booking_id == booking.id;
            let payments = self.payments.iter().filter(of_booking).cloned().collect();
            let tickets = self.tickets.values().filter(|ticket| ticket.booking_id == booking.id);
            facts.put_booking(booking.clone(), tickets.cloned().collect(), payments);
        }
        facts.set_last_position(self.route.seq.get());
        facts
    }

    pub(crate) fn execute(
        &mut self,
        actor: impl Into<Actor>,
        command: &Command,
    ) -> Result<(), Refusal> {
        let mut facts = self.facts();
        let neighbours = NeighbourTerms::default();
        let asked = Asked { actor: &actor.into(), now: self.now, neighbours, fair_use: None };
        let change = command.decide(asked, &facts)?;
        let Applied { bookings, tickets, payments, legs, events, .. } = facts.apply(change)?;
        for LegChange { seat, leg, before, after, .. } in legs {
            let held = match after {
                Some(holder) => self.legs.insert((seat, leg), holder),
                None => self.legs.remove(&(seat, leg)),
            };
            assert_eq!(held, before, "what is freed was held, what is taken was free");
        }
        for (id, _) in bookings {
            self.bookings.insert(id, facts.booking(id)?.booking.clone());
        }
        for (id, _) in tickets {
            self.tickets.insert(id, facts.ticket(id)?.ticket.clone());
        }
        for (payment, _) in payments {
            self.payments.retain(|old| old.id != payment.id);
            self.payments.push(payment);
        }
        self.route.seq = facts.route(self.route.id)?.route.seq;
        self.events.extend(events);
        Ok(())
    }

    pub(crate) fn book(
        &mut self,
        actor: Account,
        seat: u16,
        (from, to): (usize, usize),
    ) -> Result<TicketId, Refusal> {
        let ticket_id = TicketId(self.id());
        let payment_id = PaymentId(self.id());
        let bytes = self.ids.to_le_bytes().map(|byte| byte % 250);
        let passenger = Passenger { name: "Ayşe".into(), gender: Gender::Female, identity: None };
        let journey = Journey {
            route_id: self.route.id,
            from_city: CITIES[from].into(),
            to_city: CITIES[to].into(),
            hold: None,
            travellers: vec![Traveller {
                ticket_id,
                seat_number: SeatNumber::new(seat),
                passenger,
            }],
        };
        let phone = Phone::parse("5321234567").unwrap();
        let book = Book {
            booking_id: booking_of(ticket_id),
            payment_id,
            pnr_candidates: Pnr::from_random(&bytes).into_iter().collect(),
            journeys: vec![journey],
            contact: Contact { name: None, phone, email: None },
            hold: self.hold,
        };
        self.execute(actor, &Command::Book(book)).map(|()| ticket_id)
    }

    pub(crate) fn amend(
        &mut self,
        actor: Account,
        ticket_id: TicketId,
        seat: Option<u16>,
        gender: Option<Gender>,
    ) -> Result<(), Refusal> {
        let seat_number = seat.and_then(SeatNumber::new);
        let (phone, passenger_name, unchanged) = (None, None, Unchanged::default());
        let amend = Amend { ticket_id, seat_number, gender, phone, passenger_name, unchanged };
        self.execute(actor, &Command::Amend(amend))
    }

    pub(crate) fn rename(&mut self, actor: Account, ticket_id: TicketId) -> Result<(), Refusal> {
        let (seat_number, gender, phone) = (None, None, None);
        let (passenger_name, unchanged) = (Some("Can".to_owned()), Unchanged::default());
        let amend = Amend { ticket_id, seat_number, gender, phone, passenger_name, unchanged };
        self.execute(actor, &Command::Amend(amend))
    }

    pub(crate) fn confirm(&mut self, actor: Account, ticket_id: TicketId) -> Result<(), Refusal> {
        let payment_id = PaymentId(self.id());
        self.execute(actor, &Command::Confirm(Confirm { ticket_id, payment_id }))
    }

    pub(crate) fn suspend(&mut self, actor: Account, ticket_id: TicketId) -> Result<(), Refusal> {
        self.execute(actor, &Command::Suspend(Suspend { ticket_id }))
    }

    pub(crate) fn cancel(&mut self, actor: Account, ticket_id: TicketId) -> Result<(), Refusal> {
        self.execute(actor, &Command::Cancel(Cancel { ticket_id }))
    }

    pub(crate) fn refund(&mut self, actor: Account, ticket_id: TicketId) -> Result<(), Refusal> {
        self.execute(actor, &Command::Refund(Refund { ticket_id }))
    }

    pub(crate) fn expire(&mut self, ticket_id: TicketId) {
        self.execute(Actor::System, &Command::Expire(Expire { ticket_id })).unwrap();
    }

    pub(crate) fn begin_payment(
        &mut self,
        actor: Account,
        ticket_id: TicketId,
    ) -> Result<PaymentId, Refusal> {
        let payment_id = PaymentId(self.id());
        let begin =
            BeginPayment { subject: Subject::Ticket(ticket_id), payment_id, provider: "mock" };
        self.execute(actor, &Command::BeginPayment(begin)).map(|()| payment_id)
    }

    pub(crate) fn settle(
        &mut self,
        ticket_id: TicketId,
        payment_id: PaymentId,
        outcome: ChargeOutcome,
    ) -> Result<(), Refusal> {
        let booking_id = booking_of(ticket_id);
        let settle = SettlePayment { booking_id, payment_id, named: None, outcome };
        self.execute(Actor::System, &Command::SettlePayment(settle))
    }

    pub(crate) fn finish_refund(&mut self, ticket_id: TicketId, payment_id: PaymentId) {
        let booking_id = booking_of(ticket_id);
        let finish = FinishRefund { booking_id, ticket_id, payment_id };
        self.execute(Actor::System, &Command::FinishRefund(finish)).unwrap();
    }

    pub(crate) fn pay(&mut self, ticket_id: TicketId) {
        let payment = self.begin_payment(self.agent, ticket_id).unwrap();
        self.settle(ticket_id, payment, captured()).unwrap();
    }

    pub(crate) fn captured_total(&self) -> Kurus {
        self.payments
            .iter()
            .filter(|p| p.state() == PaymentState::Captured)
            .map(|p| p.amount())
            .sum()
    }

    /// The promises, checked from scratch.
    pub(crate) fn audit(&self) {
        let live = || self.tickets.values().filter(|ticket| ticket.status.holds_seat());
        let mut expected = BTreeMap::new();
        for ticket in live() {
            for leg in ticket.segment.legs() {
                let holder = expected.insert((ticket.seat, leg), Holder::Ticket(ticket.id));
                assert_eq!(holder, None, "two live tickets share a leg");
            }
        }
        assert_eq!(self.legs, expected, "the occupied legs are the live tickets' legs");

        let mut folded = SeatMap::default();
        for event in &self.events {
            folded.apply(event).unwrap();
        }
        let truth = SeatMap::new(
            self.route.seq,
            live().map(|t| {
                let gender = Some(t.passenger.gender);
                ((t.seat, t.segment), Occupied { status: t.status, gender })
            }),
        );
        assert_eq!(folded, truth, "the folded events are the map");

        let paid: Kurus = self
            .tickets
            .values()
            .filter(|ticket| ticket.payment_status == PaymentStatus::Paid)
            .map(|ticket| ticket.price)
            .sum();
        assert_eq!(self.captured_total(), paid, "kept money is the paid tickets' money");
    }
}

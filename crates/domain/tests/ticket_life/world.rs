//! A store in thirty lines of memory: facts in, changes out, legs unique.

use std::collections::BTreeMap;

use domain::change::SeatSegment;
use domain::command::{
    Amend, BeginPayment, Book, Cancel, ChargeOutcome, Confirm, Expire, FinishRefund, Refund,
    SettlePayment, Subject, Suspend, TicketFacts,
};
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
    pub(crate) customer: Actor,
    pub(crate) other: Actor,
    pub(crate) agent: Actor,
    pub(crate) admin: Actor,
    pub(crate) events: Vec<SeatEvent>,
    pub(crate) legs: BTreeMap<(SeatNumber, u8), TicketId>,
    pub(crate) route: Route,
    pub(crate) tickets: BTreeMap<TicketId, Ticket>,
    pub(crate) payments: Vec<Payment>,
    /// How long a reservation may stay unpaid.
    pub(crate) hold: SignedDuration,
    ids: u128,
}

pub(crate) fn captured() -> ChargeOutcome {
    ChargeOutcome::Captured { transaction_id: "tx".into() }
}

impl World {
    pub(crate) fn new() -> Self {
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let actor = |id, role| Actor { user_id: UserId(Uuid::from_u128(id)), role };
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
                rest_stops: Vec::new(),
                price: Kurus::from_lira(300),
                fares: Vec::new(),
                kind: RouteKind::Standard,
                crew: Crew::default(),
                is_active: true,
                ordinal: Ordinal::ZERO,
                seq: Seq::ZERO,
                created_at: now,
                updated_at: now,
            },
            tickets: BTreeMap::new(),
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

    pub(crate) fn facts(&self, command: &TicketCommand) -> Result<Facts, Refusal> {
        let (ticket, free_pnr) = match command.subject() {
            Subject::Route { pnr_candidates, .. } => (None, pnr_candidates.first().cloned()),
            Subject::Ticket { ticket_id } => {
                let ticket = self.tickets.get(&ticket_id).ok_or(Refusal::TicketNotFound)?;
                let free = |leg| {
                    self.legs.get(&(ticket.seat, leg)).is_none_or(|holder| *holder == ticket.id)
                };
                let facts = TicketFacts {
                    ticket: ticket.clone(),
                    segment_free_of_others: ticket.segment.legs().all(free),
                    payments: self
                        .payments
                        .iter()
                        .filter(|payment| payment.ticket_id == ticket_id)
                        .cloned()
                        .collect(),
                };
                (Some(facts), None)
            }
        };
        Ok(Facts { route: self.route.clone(), ticket, free_pnr })
    }

    pub(crate) fn execute(&mut self, command: &TicketCommand) -> Result<(), Refusal> {
        let change = command.decide(&self.facts(command)?)?;
        let mut legs = self.legs.clone();
        let ticket_id = change.ticket.as_ref().map(|ticket| ticket.id);
        if let Some(SeatSegment { seat, segment }) = change.free {
            for leg in segment.legs() {
                assert_eq!(legs.remove(&(seat, leg)), ticket_id, "frees what it holds");
            }
        }
        if let Some(SeatSegment { seat, segment }) = change.take {
            for leg in segment.legs() {
                if legs.insert((seat, leg), ticket_id.unwrap()).is_some() {
                    return Err(Refusal::SeatTaken);
                }
            }
        }
        self.legs = legs;
        if let Some(ticket) = change.ticket {
            self.tickets.insert(ticket.id, ticket);
        }
        match change.payment {
            Some(PaymentChange::New(payment)) => self.payments.push(payment),
            Some(PaymentChange::Update(payment)) => {
                let old = self.payments.iter_mut().find(|old| old.id == payment.id).unwrap();
                *old = payment;
            }
            None => {}
        }
        for draft in change.events {
            self.route.seq = self.route.seq.next();
            let seq = self.route.seq;
            self.events.push(SeatEvent {
                route_id: self.route.id,
                ordinal: Ordinal::new(seq.get()),
                seq,
                position: seq.get(),
                draft,
            });
        }
        Ok(())
    }

    pub(crate) fn book(
        &mut self,
        actor: Actor,
        seat: u16,
        (from, to): (usize, usize),
    ) -> Result<TicketId, Refusal> {
        let ticket_id = TicketId(self.id());
        let payment_id = PaymentId(self.id());
        let bytes = self.ids.to_le_bytes().map(|byte| byte % 250);
        self.execute(&TicketCommand::Book(Book {
            actor,
            ticket_id,
            payment_id,
            pnr_candidates: Pnr::from_random(&bytes).into_iter().collect(),
            route_id: self.route.id,
            from_city: CITIES[from].into(),
            to_city: CITIES[to].into(),
            seat_number: SeatNumber::new(seat).unwrap(),
            gender: Gender::Female,
            phone: Phone::parse("5321234567").unwrap(),
            passenger_name: "Ayşe".into(),
            identity_number: None,
            hold: self.hold,
            now: self.now,
        }))
        .map(|()| ticket_id)
    }

    pub(crate) fn amend(
        &mut self,
        actor: Actor,
        ticket_id: TicketId,
        seat: Option<u16>,
        gender: Option<Gender>,
    ) -> Result<(), Refusal> {
        let seat_number = seat.and_then(SeatNumber::new);
        let (phone, passenger_name, now) = (None, None, self.now);
        let amend = Amend { actor, ticket_id, seat_number, gender, phone, passenger_name, now };
        self.execute(&TicketCommand::Amend(amend))
    }

    pub(crate) fn rename(&mut self, actor: Actor, ticket_id: TicketId) -> Result<(), Refusal> {
        let (seat_number, gender, phone, now) = (None, None, None, self.now);
        let passenger_name = Some("Can".to_owned());
        let amend = Amend { actor, ticket_id, seat_number, gender, phone, passenger_name, now };
        self.execute(&TicketCommand::Amend(amend))
    }

    pub(crate) fn confirm(&mut self, actor: Actor, ticket_id: TicketId) -> Result<(), Refusal> {
        let payment_id = PaymentId(self.id());
        let now = self.now;
        self.execute(&TicketCommand::Confirm(Confirm { actor, ticket_id, payment_id, now }))
    }

    pub(crate) fn suspend(&mut self, actor: Actor, ticket_id: TicketId) -> Result<(), Refusal> {
        self.execute(&TicketCommand::Suspend(Suspend { actor, ticket_id, now: self.now }))
    }

    pub(crate) fn cancel(&mut self, actor: Actor, ticket_id: TicketId) -> Result<(), Refusal> {
        self.execute(&TicketCommand::Cancel(Cancel { actor, ticket_id, now: self.now }))
    }

    pub(crate) fn refund(&mut self, actor: Actor, ticket_id: TicketId) -> Result<(), Refusal> {
        self.execute(&TicketCommand::Refund(Refund { actor, ticket_id, now: self.now }))
    }

    pub(crate) fn expire(&mut self, ticket_id: TicketId) {
        self.execute(&TicketCommand::Expire(Expire { ticket_id, now: self.now })).unwrap();
    }

    pub(crate) fn begin_payment(
        &mut self,
        actor: Actor,
        ticket_id: TicketId,
    ) -> Result<PaymentId, Refusal> {
        let payment_id = PaymentId(self.id());
        let (provider, now) = ("mock", self.now);
        let begin = BeginPayment { actor, ticket_id, payment_id, provider, now };
        self.execute(&TicketCommand::BeginPayment(begin)).map(|()| payment_id)
    }

    pub(crate) fn settle(
        &mut self,
        ticket_id: TicketId,
        payment_id: PaymentId,
        outcome: ChargeOutcome,
    ) -> Result<(), Refusal> {
        let settle = SettlePayment { ticket_id, payment_id, outcome, now: self.now };
        self.execute(&TicketCommand::SettlePayment(settle))
    }

    pub(crate) fn finish_refund(&mut self, ticket_id: TicketId, payment_id: PaymentId) {
        let finish = FinishRefund { ticket_id, payment_id, now: self.now };
        self.execute(&TicketCommand::FinishRefund(finish)).unwrap();
    }

    pub(crate) fn pay(&mut self, ticket_id: TicketId) {
        let payment = self.begin_payment(self.agent, ticket_id).unwrap();
        self.settle(ticket_id, payment, captured()).unwrap();
    }

    pub(crate) fn captured_total(&self) -> Kurus {
        self.payments.iter().filter(|p| p.state == PaymentState::Captured).map(|p| p.amount).sum()
    }

    /// The promises, checked from scratch.
    pub(crate) fn audit(&self) {
        let live = || self.tickets.values().filter(|ticket| ticket.status.holds_seat());
        let mut expected = BTreeMap::new();
        for ticket in live() {
            for leg in ticket.segment.legs() {
                let holder = expected.insert((ticket.seat, leg), ticket.id);
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
            live().map(|t| ((t.seat, t.segment), Occupied { status: t.status, gender: t.gender })),
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

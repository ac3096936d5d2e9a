//! Two routes, a few people, and facts that one command after the other changes, as in a store that
//! never forgets; beside them everything as the applied changes report it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::command::{Book, ChargeOutcome, Journey, SettlePayment, Traveller};
use domain::fair_use::Claims;
use domain::passenger::Phone;
use domain::*;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

pub(crate) const SEATS: u16 = 6;
pub(crate) const CITIES: [&str; 4] = ["İstanbul", "İzmit", "Bolu", "Ankara"];
const LEG_SECONDS: i64 = 3_600;
/// When each leaves. The way back can begin when the way out has arrived.
const DEPARTURE_SECONDS: [i64; 2] = [36_000, 50_400];
pub(crate) const HOLD: SignedDuration = SignedDuration::from_secs(900);
pub(crate) const SEAT_HOLD: SignedDuration = SignedDuration::from_secs(300);
const PRICE: Kurus = Kurus::from_lira(300);

/// A booking, and how many tickets it was asked for with.
pub(crate) struct Booked {
    pub(crate) booking: Booking,
    pub(crate) tickets: BTreeSet<TicketId>,
}

/// What the bank did for a payment.
#[derive(Default)]
pub(crate) struct Entry {
    pub(crate) taken: Kurus,
    pub(crate) given_back: BTreeMap<TicketId, Kurus>,
}

pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) customer: Account,
    pub(crate) other: Account,
    pub(crate) agent: Account,
    pub(crate) admin: Account,
    /// Only on this one strangers of another gender do not sit beside each other.
    pub(crate) ruled: RouteId,
    pub(crate) routes: [RouteId; 2],
    pub(crate) facts: Facts,
    pub(crate) bookings: BTreeMap<BookingId, Booked>,
    pub(crate) tickets: BTreeMap<TicketId, Ticket>,
    pub(crate) payments: BTreeMap<PaymentId, Payment>,
    pub(crate) holds: BTreeMap<HoldId, Hold>,
    pub(crate) blocks: BTreeMap<BlockId, Block>,
    pub(crate) legs: BTreeMap<(RouteId, SeatNumber, u8), Holder>,
    pub(crate) events: Vec<SeatEvent>,
    pub(crate) bank: BTreeMap<PaymentId, Entry>,
    /// Strangers who may sit beside each other, because staff insisted.
    pub(crate) allowed: BTreeSet<(TicketId, TicketId)>,
    /// How often each kind of thing was done.
    pub(crate) done: BTreeMap<&'static str, usize>,
    ids: u128,
}

fn bus(now: Timestamp) -> Arc<Bus> {
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
    Arc::new(Bus { id: BusId(Uuid::from_u128(11)), details, created_at: now, updated_at: now })
}

fn route(index: usize, now: Timestamp) -> Route {
    let stop = |at: usize| Stop {
        name: CITIES[at].into(),
        time: now
            + SignedDuration::from_secs(
                DEPARTURE_SECONDS[index] + LEG_SECONDS * i64::try_from(at).unwrap(),
            ),
    };
    let rules = [NeighbourRule::SameGender, NeighbourRule::Off];
    Route {
        id: RouteId(Uuid::from_u128(20 + index as u128)),
        bus_id: BusId(Uuid::from_u128(11)),
        seat_count: SEATS,
        stops: (0..CITIES.len()).map(stop).collect(),
        sold_times: None,
        rest_stops: std::iter::empty().collect(),
        price: PRICE,
        fares: std::iter::empty().collect(),
        kind: RouteKind::Standard,
        crew: Crew::default().into(),
        is_active: true,
        neighbour_rule: Some(rules[index]),
        ordinal: Ordinal::ZERO,
        seq: Seq::ZERO,
        created_at: now,
        updated_at: now,
    }
}

pub(crate) fn captured() -> ChargeOutcome {
    ChargeOutcome::Captured { transaction_id: "tx".into() }
}

impl World {
    pub(crate) fn new() -> Self {
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let actor = |id, role| Account { user_id: UserId(Uuid::from_u128(id)), role };
        let mut facts = Facts::default();
        let routes = [0, 1].map(|index| {
            let route = route(index, now);
            let id = route.id;
            facts.put_route(RouteFacts {
                route,
                bus: bus(now),
                legs: SeatLegs::default(),
                claims: Claims::default(),
                sitters: Some(Sitters::default()),
            });
            id
        });
        facts.set_last_position(0);
        Self {
            now,
            customer: actor(1, Role::Customer),
            other: actor(2, Role::Customer),
            agent: actor(3, Role::Agent),
            admin: actor(4, Role::Admin),
            ruled: routes[0],
            routes,
            facts,
            bookings: BTreeMap::new(),
            tickets: BTreeMap::new(),
            payments: BTreeMap::new(),
            holds: BTreeMap::new(),
            blocks: BTreeMap::new(),
            legs: BTreeMap::new(),
            events: Vec::new(),
            bank: BTreeMap::new(),
            allowed: BTreeSet::new(),
            done: BTreeMap::new(),
            ids: 100,
        }
    }

    pub(crate) fn id<T: From<Uuid>>(&mut self) -> T {
        self.ids += 1;
        T::from(Uuid::from_u128(self.ids))
    }

    /// `insists`: staff insist on the seats, even against the neighbour rule.
    pub(crate) fn execute(
        &mut self,
        actor: impl Into<Actor>,
        command: &Command,
        insists: bool,
    ) -> Result<(), Refusal> {
        let check = RuleCheck::overridden_if(insists);
        let neighbours = NeighbourTerms { house: NeighbourRule::Off, check };
        let asked = Asked { actor: &actor.into(), now: self.now, neighbours, fair_use: None };
        let change = command.decide(asked, &self.facts)?;
        // A decision is a function of the facts: the same again.
        assert_eq!(command.decide(asked, &self.facts).as_ref(), Ok(&change));
        let applied = self.facts.apply(change)?;
        self.note(applied);
        if insists {
            self.allowed.extend(self.strangers());
        }
        Ok(())
    }

    fn note(&mut self, applied: Applied) {
        let Applied { bookings, tickets, payments, holds, blocks, legs, events, .. } = applied;
        for change in legs {
            let held = match change.after {
                Some(holder) => self.legs.insert(change.place(), holder),
                None => self.legs.remove(&change.place()),
            };
            assert_eq!(held, change.before, "what is freed was held, what is taken was free");
        }
        let ids: BTreeSet<_> = tickets.iter().map(|(id, _)| *id).collect();
        for (id, before) in bookings {
            let booking = self.facts.booking_alone(id).unwrap().clone();
            match self.bookings.get_mut(&id) {
                Some(booked) => booked.booking = booking,
                None => {
                    assert_eq!(before, None, "a booking that nobody knows is new");
                    self.bookings.insert(id, Booked { booking, tickets: ids.clone() });
                }
            }
        }
        for id in ids {
            self.tickets.insert(id, self.facts.ticket(id).unwrap().ticket.clone());
        }
        for (payment, _) in payments {
            self.settle_with_bank(&payment);
            self.payments.insert(payment.id, payment);
        }
        self.holds.extend(holds.into_iter().map(|(hold, _)| (hold.id, hold)));
        self.blocks.extend(blocks.into_iter().map(|(block, _)| (block.id, block)));
        self.events.extend(events);
    }

    /// The bank takes what a payment is for when it is captured, and gives a share back when that
    /// is noted as done: cash at once.
    fn settle_with_bank(&mut self, payment: &Payment) {
        use PaymentState::{Captured, Refunded, Refunding};
        let took = payment
            .shares
            .iter()
            .any(|share| matches!(share.state, Captured | Refunding | Refunded));
        if !took {
            return;
        }
        let entry = self.bank.entry(payment.id).or_default();
        entry.taken = payment.amount();
        for share in payment.shares.iter().filter(|share| share.state == Refunded) {
            entry.given_back.insert(share.ticket_id, share.amount);
        }
    }

    /// Travellers on these seats; `None`: the best ones.
    pub(crate) fn journey(
        &mut self,
        route_id: RouteId,
        (from, to): (usize, usize),
        travellers: &[(Option<u16>, Gender)],
    ) -> Journey {
        let traveller = |world: &mut Self, (seat, gender): &(Option<u16>, Gender)| Traveller {
            ticket_id: world.id(),
            seat_number: seat.and_then(SeatNumber::new),
            passenger: Passenger { name: "Ayşe".into(), gender: *gender, ..passenger() },
        };
        Journey {
            route_id,
            from_city: CITIES[from].into(),
            to_city: CITIES[to].into(),
            travellers: travellers.iter().map(|one| traveller(self, one)).collect(),
            hold: None,
        }
    }

    pub(crate) fn book(
        &mut self,
        actor: Account,
        journeys: Vec<Journey>,
        insists: bool,
    ) -> Result<BookingId, Refusal> {
        let booking_id = self.id();
        let payment_id = self.id();
        let bytes = self.ids.to_le_bytes().map(|byte| byte % 250);
        let asked: usize = journeys.iter().map(|journey| journey.travellers.len()).sum();
        let phone = Phone::parse("5321234567").unwrap();
        let book = Book {
            booking_id,
            payment_id,
            pnr_candidates: Pnr::from_random(&bytes).into_iter().collect(),
            journeys,
            contact: Contact { name: None, phone, email: None },
            hold: HOLD,
        };
        self.execute(actor, &Command::Book(book), insists)?;
        assert_eq!(self.bookings[&booking_id].tickets.len(), asked, "all that were asked for");
        Ok(booking_id)
    }

    pub(crate) fn settle(&mut self, payment_id: PaymentId, outcome: ChargeOutcome) {
        let booking_id = self.payments[&payment_id].booking_id;
        let settle = SettlePayment { booking_id, payment_id, named: None, outcome };
        self.execute(Actor::System, &Command::SettlePayment(settle), false).unwrap();
    }

    /// Two on the route with the rule and back, paid by card.
    pub(crate) fn book_family(&mut self) {
        let [out, back] = self.routes;
        let two = [(Some(1), Gender::Female), (None, Gender::Male)];
        let journeys = vec![self.journey(out, (0, 3), &two), self.journey(back, (0, 3), &two)];
        let booking = self.book(self.customer, journeys, false).unwrap();
        let payment = self.begin_payment(self.customer, Subject::Booking(booking)).unwrap();
        self.settle(payment, captured());
    }

    pub(crate) fn begin_payment(
        &mut self,
        actor: Account,
        subject: Subject,
    ) -> Result<PaymentId, Refusal> {
        let payment_id = self.id();
        let begin = domain::command::BeginPayment { subject, payment_id, provider: "mock" };
        self.execute(actor, &Command::BeginPayment(begin), false).map(|()| payment_id)
    }
}

fn passenger() -> Passenger {
    Passenger { name: String::new(), gender: Gender::Other, identity: None }
}

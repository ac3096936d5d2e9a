//! A counter at which cases sell: short words for commands, with ids, codes and a clock of its own.
//!
//! A desk's answers are the domain's: a [`Refusal`] is a value, a failing store fails the case.

mod held_seats;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::command::{
    Amend, BeginPayment, Book, Cancel, CancelBooking, ChargeOutcome, Confirm, Expire, FinishRefund,
    Journey, Refund, SettlePayment, Suspend, Traveller, Unchanged,
};
use domain::passenger::{Passenger, Phone};
use domain::{
    Account, Actor, BookingId, BusDetails, BusId, BusSpecs, Command, Contact, Crew, Gender, Kurus,
    Layout, LayoutType, NewRoute, Ordinal, Origin, PaymentId, Pnr, Refusal, Role, RouteEvent,
    RouteId, RouteKind, RoutePlan, SeatEvent, SeatNumber, Stop, Subject, TicketId, User, UserId,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{Answer, BookingView, CommandError, Envelope, Store};

/// The stops of [`Desk::plan`], an hour apart.
pub const CITIES: [&str; 4] = ["İstanbul", "İzmit", "Bolu", "Ankara"];

pub const HOLD: SignedDuration = SignedDuration::from_secs(900);

/// How long seats are held while names are typed.
pub const SEAT_HOLD: SignedDuration = SignedDuration::from_secs(300);

/// From [`Desk::now`] to the first stop's departure.
pub const UNTIL_DEPARTURE: SignedDuration = SignedDuration::from_hours(10);

pub const LEG: SignedDuration = SignedDuration::from_hours(1);

pub const PRICE: Kurus = Kurus::from_lira(300);

/// Cheap to clone; clones share the source of ids, so that many tasks can sell at once.
#[derive(Clone)]
pub struct Desk {
    pub store: Arc<dyn Store>,
    pub now: Timestamp,
    pub customer: Account,
    pub other: Account,
    pub agent: Account,
    pub admin: Account,
    ids: Arc<AtomicU64>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("now", &self.now).finish_non_exhaustive()
    }
}

/// The answer of the rules; anything else fails the case.
pub fn answered<T>(result: Result<T, CommandError>) -> Result<T, Refusal> {
    result.map_err(|error| match error {
        CommandError::Refused(refusal) => refusal,
        CommandError::Store(error) => panic!("the store failed: {error:?}"),
    })
}

/// The booking of which this is the first ticket.
pub fn booking_of(first: TicketId) -> BookingId {
    BookingId(first.0)
}

/// A plain account.
pub fn user(id: UserId, email: &str, role: Role, now: Timestamp) -> User {
    User {
        id,
        email: email.to_owned(),
        first_name: "Ayşe".to_owned(),
        last_name: "Yılmaz".to_owned(),
        phone: None,
        role,
        disabled_at: None,
        is_demo: false,
        origin: Origin::Own,
        created_at: now,
        updated_at: now,
    }
}

impl Desk {
    /// A desk at a store that has its four people already, or none yet: see [`Desk::hire`]. Ids
    /// count up from `first_id`.
    pub fn at(store: Arc<dyn Store>, first_id: u64) -> Self {
        let actor = |id, role| Account { user_id: UserId(Uuid::from_u128(id)), role };
        Self {
            store,
            now: "2026-12-01T00:00:00Z".parse().unwrap(),
            customer: actor(1, Role::Customer),
            other: actor(2, Role::Customer),
            agent: actor(3, Role::Agent),
            admin: actor(4, Role::Admin),
            ids: Arc::new(AtomicU64::new(first_id)),
        }
    }

    /// Registers the four.
    pub async fn hire(&self) {
        for (actor, name) in self.people().into_iter().zip(["customer", "other", "agent", "admin"])
        {
            let user = user(actor.user_id, &format!("{name}@example.com"), actor.role, self.now);
            self.store.create_user(user, "hash".to_owned()).await.unwrap();
        }
    }

    pub fn people(&self) -> [Account; 4] {
        [self.customer, self.other, self.agent, self.admin]
    }

    /// The same desk, at another node's store.
    #[must_use]
    pub fn at_store(&self, store: Arc<dyn Store>) -> Self {
        Self { store, ..self.clone() }
    }

    /// The same desk, another time on its clock.
    #[must_use]
    pub fn after(&self, wait: SignedDuration) -> Self {
        Self { now: self.now + wait, ..self.clone() }
    }

    /// The same desk, at that time.
    #[must_use]
    pub fn at_time(&self, now: Timestamp) -> Self {
        Self { now, ..self.clone() }
    }

    pub fn id(&self) -> Uuid {
        Uuid::from_u128(self.ids.fetch_add(1, Ordering::Relaxed).into())
    }

    /// A code that this desk has not given out.
    pub fn pnr(&self) -> Pnr {
        let mut number = self.ids.fetch_add(1, Ordering::Relaxed);
        let mut code = String::from("VV00");
        for _ in 0..domain::pnr::PNR_DRAWN_CHARS {
            code.push(char::from_digit(u32::try_from(number % 36).unwrap(), 36).unwrap());
            number /= 36;
        }
        Pnr::parse(&code).unwrap()
    }

    // What there is to sell.

    pub fn bus_details(&self, plate: &str, seat_count: u16) -> BusDetails {
        BusDetails {
            plate: plate.to_owned(),
            model: "Travego".to_owned(),
            seat_count,
            layout_type: LayoutType::TwoOne,
            layout: Layout::generate(LayoutType::TwoOne, seat_count),
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
        }
    }

    pub async fn bus(&self, seat_count: u16) -> BusId {
        let id = self.id();
        let details = self.bus_details(&format!("34 T {}", id.as_u128()), seat_count);
        self.store.create_bus(BusId(id), details, self.now).await.unwrap().id
    }

    /// A journey along [`CITIES`].
    pub fn journey(&self, bus_id: BusId) -> NewRoute {
        let time = |index: i32| self.now + UNTIL_DEPARTURE + LEG * index;
        let between = |(index, name): (i32, &str)| Stop { name: name.into(), time: time(index) };
        NewRoute {
            bus_id,
            from_city: CITIES[0].into(),
            to_city: CITIES[3].into(),
            departure_time: time(0),
            arrival_time: time(3),
            stations: [(1, CITIES[1]), (2, CITIES[2])].map(between).into(),
            price: PRICE,
            prices: Vec::new(),
            kind: RouteKind::Standard,
            rest_stops: Vec::new(),
            crew: Crew::default(),
            is_active: true,
            neighbour_rule: None,
        }
    }

    pub fn plan(&self, bus_id: BusId) -> RoutePlan {
        self.journey(bus_id).plan().unwrap()
    }

    /// A route on sale on a bus of its own.
    pub async fn route(&self, seat_count: u16) -> RouteId {
        let bus_id = self.bus(seat_count).await;
        self.route_of(self.plan(bus_id)).await
    }

    /// Even if its bus is on another departure then: most cases are not about buses.
    pub async fn route_of(&self, plan: RoutePlan) -> RouteId {
        let plan = RoutePlan { allow_overlap: true, ..plan };
        let id = RouteId(self.id());
        self.store.create_route(id, plan, self.now).await.unwrap().route.id
    }

    // Commands.

    /// A route's seat events, all of them.
    pub async fn seat_events(&self, route_id: RouteId) -> Vec<SeatEvent> {
        let events = self.store.events(route_id, Ordinal::ZERO, usize::MAX >> 1).await.unwrap();
        events.iter().filter_map(RouteEvent::seat).cloned().collect()
    }

    pub async fn execute(&self, envelope: Envelope) -> Result<Answer, Refusal> {
        answered(self.store.execute(envelope).await)
    }

    /// A command of this actor, by this desk's clock.
    pub fn by(&self, actor: impl Into<crate::Sender>, command: Command) -> Envelope {
        Envelope::new(command, actor, self.now)
    }

    /// A booking between two stops of [`CITIES`].
    pub fn booking(&self, route_id: RouteId, seat: u16, (from, to): (usize, usize)) -> Book {
        self.group(vec![self.going(route_id, &[seat], (from, to))])
    }

    /// Travellers on these seats; 0: the best one.
    pub fn going(&self, route_id: RouteId, seats: &[u16], (from, to): (usize, usize)) -> Journey {
        let traveller = |seat: &u16| Traveller {
            ticket_id: TicketId(self.id()),
            seat_number: SeatNumber::new(*seat),
            passenger: Passenger {
                name: "Ayşe Yılmaz".to_owned(),
                gender: Gender::Female,
                identity: None,
            },
        };
        Journey {
            route_id,
            from_city: CITIES[from].to_owned(),
            to_city: CITIES[to].to_owned(),
            travellers: seats.iter().map(traveller).collect(),
            hold: None,
        }
    }

    /// A booking has the number of its first ticket: see [`booking_of`].
    pub fn group(&self, journeys: Vec<Journey>) -> Book {
        Book {
            booking_id: booking_of(journeys[0].travellers[0].ticket_id),
            payment_id: PaymentId(self.id()),
            pnr_candidates: vec![self.pnr()],
            journeys,
            contact: Contact {
                name: None,
                phone: Phone::parse("5321234567").unwrap(),
                email: None,
            },
            hold: HOLD,
        }
    }

    pub async fn book_group(
        &self,
        actor: impl Into<crate::Sender>,
        journeys: Vec<Journey>,
    ) -> Result<BookingView, Refusal> {
        let book = Command::Book(self.group(journeys));
        Ok(self.execute(self.by(actor, book)).await?.into_booking())
    }

    pub fn cancelling_booking(
        &self,
        actor: impl Into<crate::Sender>,
        booking_id: BookingId,
    ) -> Envelope {
        self.by(actor, Command::CancelBooking(CancelBooking { booking_id }))
    }

    pub async fn book(
        &self,
        actor: Account,
        route_id: RouteId,
        seat: u16,
        stops: (usize, usize),
    ) -> Result<TicketId, Refusal> {
        let booking = self.booking(route_id, seat, stops);
        let outcome = self.execute(self.by(actor, Command::Book(booking))).await?;
        Ok(outcome.ticket().ticket.id)
    }

    pub fn moving(&self, actor: Account, ticket_id: TicketId, seat: u16) -> Envelope {
        let amend = Amend {
            ticket_id,
            seat_number: SeatNumber::new(seat),
            gender: None,
            phone: None,
            passenger_name: None,
            unchanged: Unchanged::default(),
        };
        self.by(actor, Command::Amend(amend))
    }

    pub async fn move_to(
        &self,
        actor: Account,
        ticket_id: TicketId,
        seat: u16,
    ) -> Result<Answer, Refusal> {
        self.execute(self.moving(actor, ticket_id, seat)).await
    }

    pub fn confirming(&self, actor: Account, ticket_id: TicketId) -> Envelope {
        let payment_id = PaymentId(self.id());
        self.by(actor, Command::Confirm(Confirm { ticket_id, payment_id }))
    }

    pub fn suspending(&self, actor: Account, ticket_id: TicketId) -> Envelope {
        self.by(actor, Command::Suspend(Suspend { ticket_id }))
    }

    pub fn cancelling(&self, actor: impl Into<crate::Sender>, ticket_id: TicketId) -> Envelope {
        self.by(actor, Command::Cancel(Cancel { ticket_id }))
    }

    pub fn refunding(&self, actor: Account, ticket_id: TicketId) -> Envelope {
        self.by(actor, Command::Refund(Refund { ticket_id }))
    }

    pub fn expiring(&self, ticket_id: TicketId) -> Envelope {
        self.by(Actor::System, Command::Expire(Expire { ticket_id }))
    }

    pub fn beginning(
        &self,
        actor: impl Into<crate::Sender>,
        ticket_id: TicketId,
    ) -> (PaymentId, Envelope) {
        let payment_id = PaymentId(self.id());
        let begin =
            BeginPayment { subject: Subject::Ticket(ticket_id), payment_id, provider: "mock" };
        (payment_id, self.by(actor, Command::BeginPayment(begin)))
    }

    pub async fn begin_payment(
        &self,
        actor: impl Into<crate::Sender>,
        ticket_id: TicketId,
    ) -> Result<PaymentId, Refusal> {
        let (payment_id, begin) = self.beginning(actor, ticket_id);
        self.execute(begin).await.map(|_| payment_id)
    }

    pub fn settling(&self, ticket_id: TicketId, payment_id: PaymentId, captured: bool) -> Envelope {
        let outcome = if captured {
            ChargeOutcome::Captured { transaction_id: format!("tx-{payment_id}") }
        } else {
            ChargeOutcome::Declined { code: "INSUFFICIENT_FUNDS".to_owned() }
        };
        let booking_id = booking_of(ticket_id);
        let settle = SettlePayment { booking_id, payment_id, named: None, outcome };
        self.by(Actor::System, Command::SettlePayment(settle))
    }

    pub fn finishing(&self, ticket_id: TicketId, payment_id: PaymentId) -> Envelope {
        let booking_id = booking_of(ticket_id);
        let finish = FinishRefund { booking_id, payment_id, ticket_id };
        self.by(Actor::System, Command::FinishRefund(finish))
    }

    /// Pays by card, both halves.
    pub async fn pay(
        &self,
        actor: impl Into<crate::Sender>,
        ticket_id: TicketId,
    ) -> Result<PaymentId, Refusal> {
        let payment_id = self.begin_payment(actor, ticket_id).await?;
        self.execute(self.settling(ticket_id, payment_id, true)).await?;
        Ok(payment_id)
    }
}

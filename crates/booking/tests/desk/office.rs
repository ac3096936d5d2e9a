//! A desk with a clock that is set by hand and a provider that does what a test says.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};

use async_trait::async_trait;
use booking::{
    BookingError, Card, Charge, Clock, Desk, PaymentProvider, PaymentResult, ProviderError, Refund,
    Source, expire_holds, finish_payments,
};
use domain::command::{ChargeOutcome, TicketForm};
use domain::identity::IdentityForm;
use domain::{
    Account, Actor, BusDetails, BusId, BusSpecs, Gender, Guest, Kurus, Layout, LayoutType,
    NewRoute, Ordinal, Origin, PassengerForm, Payment, PaymentId, PaymentState, Reason, Role,
    RouteEvent, RouteId, RouteKind, RuleCheck, Subject, Ticket, TicketId, User, UserId,
};
use jiff::{SignedDuration, Timestamp};
use store::{NodeId, Store};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// From the opening to when the bus leaves.
pub(crate) const UNTIL_DEPARTURE_SECONDS: i64 = 48 * 3_600;

/// Milliseconds since 1970, and how many of them every look at it takes.
#[derive(Clone)]
struct ManualClock(Arc<AtomicI64>, Arc<AtomicI64>);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let takes = self.1.load(Ordering::SeqCst);
        Timestamp::from_millisecond(self.0.fetch_add(takes, Ordering::SeqCst)).unwrap()
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Decline,
    /// The answer is lost on the way; the provider knows whether it captured.
    Lose {
        captured: bool,
    },
    /// It is never reached.
    Unreachable,
    /// Waits until [`ObedientProvider::release`].
    Wait,
}

pub(crate) struct ObedientProvider {
    next: Mutex<Option<Answer>>,
    known: Mutex<HashSet<PaymentId>>,
    asked: Semaphore,
    released: Semaphore,
    refund_failures: AtomicU32,
    refunded: AtomicU32,
    refunds_asked: AtomicU32,
    refund_waits: AtomicBool,
    charges: AtomicU32,
}

fn captured() -> ChargeOutcome {
    ChargeOutcome::Captured { transaction_id: "tx-1".to_owned() }
}

#[async_trait]
impl PaymentProvider for ObedientProvider {
    fn name(&self) -> &'static str {
        "obedient"
    }

    async fn charge(&self, charge: Charge<'_>) -> Result<ChargeOutcome, ProviderError> {
        self.charges.fetch_add(1, Ordering::SeqCst);
        let answer = self.next.lock().unwrap().take();
        match answer {
            None => Ok(captured()),
            Some(Answer::Decline) => Ok(ChargeOutcome::Declined { code: "NO_FUNDS".to_owned() }),
            Some(Answer::Lose { captured }) => {
                if captured {
                    self.known.lock().unwrap().insert(charge.payment_id);
                }
                Err(ProviderError::NoAnswer("the line is dead".to_owned()))
            }
            Some(Answer::Unreachable) => Err(ProviderError::Unreachable("no route".to_owned())),
            Some(Answer::Wait) => {
                self.asked.add_permits(1);
                self.released.acquire().await.unwrap().forget();
                Ok(captured())
            }
        }
    }

    async fn find(&self, payment_id: PaymentId) -> Result<Option<ChargeOutcome>, ProviderError> {
        Ok(self.known.lock().unwrap().contains(&payment_id).then(captured))
    }

    async fn refund(&self, _refund: Refund<'_>) -> Result<(), ProviderError> {
        self.refunds_asked.fetch_add(1, Ordering::SeqCst);
        if self.refund_waits.swap(false, Ordering::SeqCst) {
            self.asked.add_permits(1);
            self.released.acquire().await.unwrap().forget();
        }
        let left = self.refund_failures.load(Ordering::SeqCst);
        if left > 0 {
            self.refund_failures.store(left - 1, Ordering::SeqCst);
            return Err(ProviderError::Unreachable("not today".to_owned()));
        }
        self.refunded.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

impl ObedientProvider {
    pub(crate) fn answer_next(&self, answer: Answer) {
        *self.next.lock().unwrap() = Some(answer);
    }

    pub(crate) fn release(&self) {
        self.released.add_permits(1);
    }

    pub(crate) fn fail_refunds(&self, times: u32) {
        self.refund_failures.store(times, Ordering::SeqCst);
    }

    /// Charges that it was asked for.
    pub(crate) fn charges(&self) -> u32 {
        self.charges.load(Ordering::SeqCst)
    }

    /// The next refund waits until [`ObedientProvider::release`].
    pub(crate) fn wait_in_next_refund(&self) {
        self.refund_waits.store(true, Ordering::SeqCst);
    }

    /// Returns when the waiting request has reached it.
    pub(crate) async fn is_asked(&self) {
        self.asked.acquire().await.unwrap().forget();
    }

    /// Refunds that it was asked for, successful or not.
    pub(crate) fn refunds_asked(&self) -> u32 {
        self.refunds_asked.load(Ordering::SeqCst)
    }

    pub(crate) fn refunded(&self) -> u32 {
        self.refunded.load(Ordering::SeqCst)
    }
}

/// A periodic task in the background.
pub(crate) struct Chore {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Chore {
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

pub(crate) struct Office {
    pub(crate) desk: Desk,
    pub(crate) provider: Arc<ObedientProvider>,
    pub(crate) customer: Account,
    pub(crate) agent: Account,
    store: Arc<dyn Store>,
    clock: ManualClock,
    route_id: RouteId,
    _folder: tempfile::TempDir,
}

impl Office {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (sqlite, _committed) = store_sqlite::open(&folder.path().join("office.db")).unwrap();
        let store: Arc<dyn Store> = Arc::new(sqlite);
        let start: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let clock = ManualClock(Arc::new(AtomicI64::new(start.as_millisecond())), Arc::default());
        let provider = Arc::new(ObedientProvider {
            next: Mutex::default(),
            known: Mutex::default(),
            asked: Semaphore::new(0),
            released: Semaphore::new(0),
            refund_failures: AtomicU32::new(0),
            refunded: AtomicU32::new(0),
            refunds_asked: AtomicU32::new(0),
            refund_waits: AtomicBool::new(false),
            charges: AtomicU32::new(0),
        });
        let asked: Arc<dyn PaymentProvider> = Arc::clone(&provider) as _;
        let desk = Desk::new(store.clone(), asked, Source::new(clock.clone()), 900);
        let customer = account(&store, Role::Customer, start).await;
        let agent = account(&store, Role::Agent, start).await;
        let route_id = route(&store, start).await;
        Self { desk, provider, customer, agent, store, clock, route_id, _folder: folder }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn advance_seconds(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    /// From now on this much time passes between any two looks at the clock.
    pub(crate) fn slow_down(&self, seconds: i64) {
        self.clock.1.store(seconds * 1_000, Ordering::SeqCst);
    }

    fn request(&self, seat_number: i64) -> TicketForm {
        TicketForm {
            route_id: self.route_id,
            from_city: "istanbul".to_owned(),
            to_city: "ankara".to_owned(),
            seat_number,
            passenger: PassengerForm {
                name: "Ayşe".to_owned(),
                gender: Gender::Female,
                identity: IdentityForm::default(),
            },
            phone: "+90 532 123 45 67".to_owned(),
            rule_check: RuleCheck::Enforced,
        }
    }

    pub(crate) async fn book(&self, seat_number: i64) -> Result<Ticket, BookingError> {
        Ok(self.desk.book_ticket(self.customer, self.request(seat_number)).await?.ticket)
    }

    /// A ticket of a caller without an account.
    pub(crate) async fn book_as_guest(&self, seat_number: i64) -> Result<Ticket, BookingError> {
        Ok(self.desk.book_ticket(Actor::Anonymous, self.request(seat_number)).await?.ticket)
    }

    pub(crate) async fn sell(&self, seat_number: i64) -> Result<Ticket, BookingError> {
        Ok(self.desk.book_ticket(self.agent, self.request(seat_number)).await?.ticket)
    }

    pub(crate) async fn pay(&self, id: TicketId) -> Result<PaymentResult, BookingError> {
        self.desk.pay(self.customer, Subject::Ticket(id), card()).await
    }

    /// By a guest with the ticket's code and phone number.
    pub(crate) async fn pay_as_guest(&self, of: &Ticket) -> Result<PaymentResult, BookingError> {
        let guest = Guest { pnr: of.pnr.clone(), phone: of.phone.clone() };
        self.desk.pay(Actor::Guest(guest), Subject::Ticket(of.id), card()).await
    }

    /// Starts a payment and returns when the provider has been asked and is waiting.
    pub(crate) async fn pay_when_released(
        &self,
        id: TicketId,
    ) -> JoinHandle<Result<PaymentResult, BookingError>> {
        self.provider.answer_next(Answer::Wait);
        let (desk, actor) = (self.desk.clone(), self.customer);
        let paying =
            tokio::spawn(async move { desk.pay(actor, Subject::Ticket(id), card()).await });
        self.provider.asked.acquire().await.unwrap().forget();
        paying
    }

    pub(crate) async fn ticket(&self, id: TicketId) -> Ticket {
        self.store.ticket(id).await.unwrap().unwrap().ticket
    }

    pub(crate) async fn payments(&self, id: TicketId) -> Vec<Payment> {
        self.store.ticket_payments(id).await.unwrap()
    }

    /// The ticket that was sold last.
    pub(crate) async fn last_ticket(&self) -> TicketId {
        let page = store::Page { offset: 0, limit: 1 };
        let newest = self.store.tickets(store::TicketFilter::default(), page).await.unwrap();
        newest.items[0].ticket.id
    }

    pub(crate) async fn reasons(&self) -> Vec<Reason> {
        let events = self.store.events(self.route_id, Ordinal::ZERO, 100).await.unwrap();
        events.iter().filter_map(RouteEvent::seat).map(|event| event.draft.reason).collect()
    }

    pub(crate) async fn until_status(&self, id: TicketId, status: domain::TicketStatus) {
        while self.ticket(id).await.status != status {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn until_payment(&self, id: TicketId, state: PaymentState) {
        while self.payments(id).await[0].state() != state {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn start_sweeping(&self) -> Chore {
        let stop = CancellationToken::new();
        let task = tokio::spawn(expire_holds(self.desk.clone(), stop.clone()));
        Chore { stop, task }
    }

    pub(crate) fn start_finishing(&self) -> Chore {
        self.start_finishing_at(0)
    }

    /// On this node of several.
    pub(crate) fn start_finishing_at(&self, node: u128) -> Chore {
        let stop = CancellationToken::new();
        let desk = self.desk.clone().of_node(NodeId(Uuid::from_u128(node)));
        let task = tokio::spawn(finish_payments(desk, stop.clone()));
        Chore { stop, task }
    }
}

fn card() -> Card {
    Card {
        holder_name: "Ayşe".to_owned(),
        number: "5528790000000008".to_owned(),
        expire_month: 12,
        expire_year: 2030,
        cvc: "123".to_owned(),
    }
}

async fn account(store: &Arc<dyn Store>, role: Role, now: Timestamp) -> Account {
    let user_id = UserId(Uuid::from_u128(role as u128 + 1));
    let user = User {
        id: user_id,
        email: format!("{}@example.com", role.as_str().to_lowercase()),
        first_name: "A".to_owned(),
        last_name: "B".to_owned(),
        phone: None,
        role,
        disabled_at: None,
        is_demo: false,
        origin: Origin::Own,
        created_at: now,
        updated_at: now,
    };
    store.create_user(user, "no hash".to_owned()).await.unwrap();
    Account { user_id, role }
}

async fn route(store: &Arc<dyn Store>, now: Timestamp) -> RouteId {
    let details = BusDetails {
        plate: "34 AB 1".to_owned(),
        model: "Coach".to_owned(),
        seat_count: 4,
        layout_type: LayoutType::TwoOne,
        layout: Layout::generate(LayoutType::TwoOne, 4),
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
    let bus_id = BusId(Uuid::from_u128(50));
    store.create_bus(bus_id, details, now).await.unwrap();
    let plan = NewRoute {
        bus_id,
        from_city: "İstanbul".to_owned(),
        to_city: "Ankara".to_owned(),
        departure_time: now + SignedDuration::from_secs(UNTIL_DEPARTURE_SECONDS),
        arrival_time: now + SignedDuration::from_hours(54),
        stations: Vec::new(),
        price: Kurus::from_lira(500),
        prices: Vec::new(),
        kind: RouteKind::Standard,
        rest_stops: Vec::new(),
        crew: domain::Crew::default(),
        is_active: true,
        neighbour_rule: None,
    };
    let route_id = RouteId(Uuid::from_u128(60));
    store.create_route(route_id, plan.plan().unwrap(), now).await.unwrap();
    route_id
}

//! The place where every run begins: a few people, one bus, and routes on which everybody wants the
//! same few seats.

use std::sync::Arc;

use domain::{
    Account, BusDetails, BusId, BusSpecs, Crew, Gender, Kurus, Layout, LayoutType, NewRoute, Role,
    RouteId, RouteKind, Stop, User, UserId,
};
use jiff::Timestamp;
use store::Store;
use store_sqlite::stepped::{self, Disk, ReadFate, Stepper};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::chance::Chance;
use crate::fault::{Checked, Fault};
use crate::life::runtime;

/// As many as a journey may have passengers: a group can fill a bus.
pub(crate) const SEATS: usize = 10;
/// Most want one of the first.
pub(crate) const POPULAR_SEATS: usize = 4;
pub(crate) const LEGS: usize = CITIES.len() - 1;
pub(crate) const ROUTES: usize = 3;

pub(crate) const CITIES: [&str; 4] = ["İstanbul", "Bolu", "Ankara", "Konya"];

/// 2026-12-01T00:00:00Z, in milliseconds.
pub(crate) const OPENING: i64 = 1_796_083_200_000;

/// When each route leaves its first stop, in minutes after the opening. While the first one leaves, the
/// customers' sale of the second closes; the third leaves long after every run has ended.
const LEAVES_MINUTES: [i64; ROUTES] = [30, 45, 48 * 60];

/// From one stop to the next. So short that a run sees some legs go while others are on sale.
const LEG_SECONDS: i64 = 40;

/// How long before a departure the sale to customers ends, as the contract has it.
const CUSTOMERS_CLOSE_MINUTES: i64 = 15;

/// When a bus leaves a stop, in milliseconds since 1970.
pub(crate) fn departure(route: usize, stop: usize) -> i64 {
    let legs = i64::try_from(stop).unwrap_or(i64::MAX);
    OPENING + (LEAVES_MINUTES[route] * 60 + legs * LEG_SECONDS) * 1_000
}

/// From which moment on this role can take no seat from this stop any more.
pub(crate) fn sale_closes(role: Role, route: usize, stop: usize) -> i64 {
    let early = if role == Role::Customer { CUSTOMERS_CLOSE_MINUTES } else { 0 };
    departure(route, stop) - early * 60_000
}

/// When a run begins: at the opening, or shortly before the first bus leaves.
pub(crate) fn dawn(chance: &Chance) -> i64 {
    if chance.percent(60) {
        return OPENING;
    }
    let before = i64::try_from(chance.below(150_000)).unwrap_or_default();
    departure(0, 0) - before
}

pub(crate) const CUSTOMERS: [Account; 2] = [person(1, Role::Customer), person(2, Role::Customer)];
pub(crate) const AGENT: Account = person(3, Role::Agent);
pub(crate) const ADMIN: Account = person(4, Role::Admin);

const fn person(number: u128, role: Role) -> Account {
    Account { user_id: UserId(Uuid::from_u128(number)), role }
}

const FIRST_ROUTE: u128 = 60;

pub(crate) fn route_id(route: usize) -> RouteId {
    RouteId(Uuid::from_u128(FIRST_ROUTE + route as u128))
}

/// The number of a route of this town.
pub(crate) fn route_number(id: u128) -> Option<usize> {
    usize::try_from(id.checked_sub(FIRST_ROUTE)?).ok().filter(|route| *route < ROUTES)
}

/// The room of a route.
pub(crate) fn room(route: usize) -> String {
    format!("route {route}")
}

pub(crate) fn route_of(room: &str) -> Option<usize> {
    room.strip_prefix("route ")?.parse().ok()
}

pub(crate) const GENDERS: [Gender; 3] = Gender::ALL;

/// Of what is drawn before any run begins.
const FOUNDING_SEED: u64 = 0;

/// A database in which the town stands; every run gets a copy.
#[derive(Debug)]
pub struct Town {
    disk: Disk,
}

impl Town {
    /// Builds it through the same store that the runs use.
    pub fn build() -> Checked<Self> {
        let disk = Disk::new()?;
        let runtime = runtime()?;
        let (store, mut stepper, _told) =
            stepped::open(&disk, 1, Chance::new(FOUNDING_SEED).filling(), ReadFate::default)?;
        let store: Arc<dyn Store> = Arc::new(store);
        let now = Timestamp::from_millisecond(OPENING).unwrap_or(Timestamp::MIN);
        for actor in [CUSTOMERS[0], CUSTOMERS[1], AGENT, ADMIN] {
            let new = Arc::clone(&store);
            carry_out(&runtime, &mut stepper, async move {
                new.create_user(user(actor, now), "no hash".to_owned()).await.map(drop)
            })?;
        }
        let bus_id = BusId(Uuid::from_u128(50));
        let new = Arc::clone(&store);
        carry_out(&runtime, &mut stepper, async move {
            new.create_bus(bus_id, bus(), now).await.map(drop)
        })?;
        for route in 0..ROUTES {
            let plan = new_route(bus_id, route).plan();
            let plan = plan.map_err(|errors| Fault(format!("no such route: {errors}")))?;
            let new = Arc::clone(&store);
            carry_out(&runtime, &mut stepper, async move {
                new.create_route(route_id(route), plan, now).await.map(drop)
            })?;
        }
        drop(runtime);
        Ok(Self { disk })
    }

    pub(crate) fn disk(&self) -> Checked<Disk> {
        Ok(self.disk.copy()?)
    }
}

fn carry_out(
    runtime: &Runtime,
    stepper: &mut Stepper,
    command: impl Future<Output = Result<(), store::CommandError>> + Send + 'static,
) -> Checked {
    let asked = runtime.spawn(command);
    runtime.block_on(tokio::task::yield_now());
    if let Some(group) = stepper.commit(1, |_| Ok(())) {
        group.answer();
    }
    Ok(runtime.block_on(asked)??)
}

fn user(actor: Account, now: Timestamp) -> User {
    User {
        id: actor.user_id,
        email: format!("{}@example.com", actor.user_id),
        first_name: "A".to_owned(),
        last_name: "B".to_owned(),
        phone: None,
        role: actor.role,
        disabled_at: None,
        is_demo: false,
        created_at: now,
        updated_at: now,
    }
}

fn bus() -> BusDetails {
    let seat_count = u16::try_from(SEATS).unwrap_or(u16::MAX);
    BusDetails {
        plate: "34 AB 1".to_owned(),
        model: "Coach".to_owned(),
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

fn new_route(bus_id: BusId, route: usize) -> NewRoute {
    let stop = |index: usize| Stop {
        name: CITIES[index].to_owned(),
        time: Timestamp::from_millisecond(departure(route, index)).unwrap_or(Timestamp::MAX),
    };
    let (first, last) = (stop(0), stop(LEGS));
    NewRoute {
        bus_id,
        from_city: first.name,
        to_city: last.name,
        departure_time: first.time,
        arrival_time: last.time,
        stations: (1..LEGS).map(stop).collect(),
        price: Kurus::from_lira(500),
        prices: Vec::new(),
        kind: RouteKind::Standard,
        rest_stops: Vec::new(),
        crew: Crew::default(),
        is_active: true,
        neighbour_rule: None,
    }
}

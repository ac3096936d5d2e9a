//! Builds the town: puts its people, its bus and its routes into a database, of which every run
//! gets a copy.

use std::sync::Arc;

use domain::{
    Account, BusDetails, BusId, BusSpecs, Crew, Kurus, Layout, LayoutType, NewRoute, Origin,
    RouteKind, Stop, User,
};
use jiff::Timestamp;
use store::Store;
use store_sqlite::stepped::{self, Disk, ReadFate, Stepper};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::chance::Chance;
use crate::fault::{Checked, Fault};
use crate::runtime::runtime;
use crate::town::{
    ADMIN, AGENT, CITIES, CUSTOMERS, LEGS, OPENING, ROUTES, SEATS, departure, route_id,
};

/// The seed of draws before any run begins.
const FOUNDING_SEED: u64 = 0;

/// A database with the town; every run gets a copy.
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
        origin: Origin::Own,
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

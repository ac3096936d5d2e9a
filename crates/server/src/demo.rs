//! The demo: enough of a bus company to try everything within five minutes of a clone.
//!
//! Stations, buses and users on an empty database; at every start departures are added for the next
//! two weeks. It is written to the store like everything else.

pub(crate) mod banner;
mod timetable;

use std::sync::Arc;
use std::time::Duration;

use domain::station::{StationKind, slug};
use domain::{
    Bus, BusDetails, BusSpecs, Layout, LayoutType, NewRoute, Origin, Refusal, Role, Station, Stop,
    User,
};
use jiff::{SignedDuration, ToSpan};
use serde::Serialize;
use store::{BusFilter, CommandError, Page, RouteFilter, StationFilter};
use tokio::task::JoinSet;

use crate::app::App;
use crate::http::problem::Problem;
use crate::identity::passwords::{Asker, NotHashed};
use timetable::{DEMO_BUSES, DEMO_LINES, DEMO_STATIONS, Line};

/// How far the timetable reaches.
const DAYS_AHEAD: i64 = 14;

/// More than the demo ever has: a list of all entries.
const EVERYTHING: Page = Page { offset: 0, limit: 100_000 };

/// A login that is public.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct DemoUser {
    pub(crate) role: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) label: &'static str,
    #[serde(skip)]
    name: (&'static str, &'static str),
    #[serde(skip)]
    phone: &'static str,
}

pub(crate) const DEMO_USERS: [DemoUser; 3] = [
    DemoUser {
        role: "CUSTOMER",
        email: "customer@seatwire.example",
        password: "customer-demo-1",
        label: "Traveller",
        name: ("Ayşe", "Yılmaz"),
        phone: "5321234567",
    },
    DemoUser {
        role: "AGENT",
        email: "agent@seatwire.example",
        password: "agent-demo-1",
        label: "Counter agent",
        name: ("Mehmet", "Demir"),
        phone: "5331234567",
    },
    DemoUser {
        role: "ADMIN",
        email: "admin@seatwire.example",
        password: "admin-demo-1",
        label: "Administrator",
        name: ("Zeynep", "Kaya"),
        phone: "5341234567",
    },
];

/// Tries to fill a database that other servers fill too, and the wait between them.
const FILLED_TRIES_MAX: u32 = 10;
const AGAIN: Duration = Duration::from_millis(200);

#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error("the demo data is not valid: {0}")]
    Invalid(#[from] domain::FieldErrors),
    #[error("the demo data could not be written: {0}")]
    NotHashed(#[from] NotHashed),
    #[error("the demo data could not be written: {0}")]
    Problem(&'static str),
}

impl From<Problem> for DemoError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem.code())
    }
}

/// Fills what is empty and adds the missing departures. Several servers of one database may do so
/// at once.
pub(crate) async fn prepare(app: &Arc<App>) -> Result<(), DemoError> {
    for _ in 1..FILLED_TRIES_MAX {
        match fill(app).await {
            // Another server was quicker with a name or a plate: then this looks again for what is
            // missing.
            Err(DemoError::Command(CommandError::Refused(_))) => tokio::time::sleep(AGAIN).await,
            filled => return filled,
        }
    }
    fill(app).await
}

async fn fill(app: &Arc<App>) -> Result<(), DemoError> {
    for user in DEMO_USERS {
        ensure_user(app, &user).await?;
    }
    let stations = app.store.stations(StationFilter::default(), EVERYTHING).await?;
    if stations.total == 0 {
        for name in DEMO_STATIONS {
            app.store.create_station(station(app, name)?).await?;
        }
    }
    let mut buses = app.store.buses(BusFilter::default(), EVERYTHING).await?.items;
    if buses.is_empty() {
        for bus in &DEMO_BUSES {
            let details = details(bus).validate()?;
            buses.push(app.store.create_bus(app.id()?, details, app.now()).await?);
        }
    }
    for (index, line) in DEMO_LINES.iter().enumerate() {
        // An administrator may have deleted the demo's buses and added others.
        let own = buses.iter().find(|bus| bus.details.plate == line.plate);
        let Some(bus) = own.or_else(|| buses.get(index % buses.len().max(1))) else { continue };
        top_up(app, line, bus).await?;
    }
    Ok(())
}

async fn ensure_user(app: &App, demo: &DemoUser) -> Result<(), DemoError> {
    if app.store.credentials(demo.email).await?.is_some() {
        return Ok(());
    }
    let password_hash = app.passwords.hash(Asker::own(), demo.password.to_owned()).await?;
    let (first_name, last_name) = demo.name;
    let now = app.now();
    let user = User {
        id: app.id()?,
        email: demo.email.to_owned(),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        phone: Some(demo.phone.to_owned()),
        role: Role::parse(demo.role).unwrap_or(Role::Customer),
        disabled_at: None,
        is_demo: true,
        origin: Origin::Own,
        created_at: now,
        updated_at: now,
    };
    app.store.create_user(user, password_hash).await?;
    Ok(())
}

fn station(app: &App, name: &str) -> Result<Station, DemoError> {
    let now = app.now();
    let (name, slug) = (name.to_owned(), slug(name));
    let kind = StationKind::City;
    Ok(Station { id: app.id()?, name, slug, kind, created_at: now, updated_at: now })
}

fn details(bus: &timetable::DemoBus) -> BusDetails {
    BusDetails {
        plate: bus.plate.to_owned(),
        model: bus.model.to_owned(),
        seat_count: bus.seat_count,
        layout_type: bus.layout,
        layout: Layout::generate(bus.layout, bus.seat_count),
        layout_id: None,
        layout_name: None,
        specs: BusSpecs {
            brand: Some(bus.brand.to_owned()),
            year: Some(bus.year),
            engine_type: None,
            fuel_type: Some("Diesel".to_owned()),
            has_ac: true,
            has_wifi: true,
            has_toilet: bus.layout != LayoutType::TwoTwo,
            has_tv: bus.layout != LayoutType::TwoTwo,
            features: bus.features.iter().map(|&feature| feature.to_owned()).collect(),
        },
        features: Vec::new(),
        test_lat: None,
        test_lng: None,
        bus_phone: None,
        owner: Some("Seatwire Turizm".to_owned()),
        tax_office: None,
        tax_number: None,
    }
}

/// Adds the departures of a line that are missing in the next days.
async fn top_up(app: &Arc<App>, line: &'static Line, bus: &Bus) -> Result<(), DemoError> {
    let now = app.now();
    let end = now + SignedDuration::from_hours(24 * (DAYS_AHEAD + 2));
    let filter = RouteFilter {
        bus_id: Some(bus.id),
        departs: Some(domain::calendar::TimeRange { start: now, end }),
        ..RouteFilter::default()
    };
    let known = app.store.routes(filter, EVERYTHING).await?.items;
    let today = domain::calendar::local_date(now, &app.zone);
    let mut writing = JoinSet::new();
    for day in 0..=DAYS_AHEAD {
        let departure = today
            .checked_add(day.days())
            .and_then(|date| date.at(line.hour, line.minute, 0, 0).to_zoned(app.zone.clone()));
        let Ok(departure) = departure.map(|zoned| zoned.timestamp()) else { continue };
        let is_known = known
            .iter()
            .any(|view| view.route.stops.first().is_some_and(|stop| stop.time == departure));
        if is_known || departure <= now {
            continue;
        }
        let plan = describe(line, bus, departure).plan()?;
        let (app, id) = (Arc::clone(app), app.id()?);
        // Sent together, so that the store commits them together.
        writing.spawn(async move { app.store.create_route(id, plan, now).await });
    }
    while let Some(written) = writing.join_next().await {
        match written.map_err(store::StoreError::failed)? {
            // The bus has another plan: from staff, or from the demo with another timetable.
            Ok(_) | Err(CommandError::Refused(Refusal::BusBusy { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn describe(line: &Line, bus: &Bus, departure: jiff::Timestamp) -> NewRoute {
    let stop = |&(name, minutes): &(&str, i64)| Stop {
        name: name.to_owned(),
        time: departure + SignedDuration::from_mins(minutes),
    };
    let stops: Vec<Stop> = line.stops.iter().map(stop).collect();
    let end = |stop: Option<&Stop>| {
        stop.map_or_else(|| (String::new(), departure), |stop| (stop.name.clone(), stop.time))
    };
    let (from_city, departure_time) = end(stops.first());
    let (to_city, arrival_time) = end(stops.last());
    let between = stops.len().saturating_sub(1).max(1);
    NewRoute {
        bus_id: bus.id,
        from_city,
        to_city,
        departure_time,
        arrival_time,
        stations: stops.get(1..between).unwrap_or_default().to_vec(),
        price: domain::Kurus::from_lira(line.price_lira),
        prices: line.fares(),
        kind: line.kind,
        rest_stops: line.rest_stops.iter().map(|&stop| stop.to_owned()).collect(),
        crew: domain::Crew::default(),
        is_active: true,
        neighbour_rule: None,
    }
}

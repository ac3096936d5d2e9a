//! Buses, stations, and departures from 300 days ago to 60 days ahead; how many seats of each are
//! sold, and when.

use std::sync::Arc;

use domain::RoutePlan;
use domain::station::{StationKind, slug};
use domain::{
    BusDetails, BusId, BusSpecs, Kurus, Layout, LayoutType, NewFare, NewRoute, RouteId, RouteKind,
    Station, StationId, Stop,
};
use jiff::{SignedDuration, Timestamp};
use store::Store;
use tokio::task::JoinSet;

use super::id::id;

/// Lines with their share of the departures; each is driven both ways.
const LINES: [(u32, &[&str]); 10] = [
    (30, &["İstanbul", "İzmit", "Bolu", "Ankara"]),
    (15, &["İstanbul", "Bursa", "Balıkesir", "İzmir"]),
    (10, &["İstanbul", "Eskişehir", "Konya", "Antalya"]),
    (10, &["Ankara", "Aksaray", "Adana", "Mersin"]),
    (8, &["İzmir", "Aydın", "Denizli", "Antalya"]),
    (8, &["Ankara", "Kırıkkale", "Yozgat", "Sivas", "Erzincan", "Erzurum"]),
    (7, &["İstanbul", "Bolu", "Samsun", "Ordu", "Trabzon", "Rize"]),
    (5, &["Adana", "Gaziantep", "Şanlıurfa", "Diyarbakır", "Van"]),
    (4, &["Edirne", "Tekirdağ", "İstanbul"]),
    (3, &["İzmir", "Manisa", "Uşak", "Afyonkarahisar", "Ankara"]),
];

const BUSES: usize = 400;
pub(super) const SEATS: u16 = 50;
const BRANDS: [&str; 5] = ["Setra", "Mercedes-Benz", "MAN", "Neoplan", "Temsa"];

const DAYS_BEHIND: i64 = 300;
const DAYS_AHEAD: i64 = 60;
const DAY_MINUTES: i64 = 24 * 60;

/// From each stop to the next.
const LEG: SignedDuration = SignedDuration::from_mins(100);
/// The latest sale before a departure: all changes of a ticket are done before the bus leaves.
const LAST_SALE_MINUTES: i64 = 120;
/// The earliest.
const FIRST_SALE_DAYS: i64 = 20;

/// Departures that are written at one time.
const CLERKS: usize = 64;

pub(super) struct Departure {
    pub(super) id: RouteId,
    pub(super) at: Timestamp,
    pub(super) stops: &'static [&'static str],
    pub(super) is_reversed: bool,
    tickets: u16,
}

impl Departure {
    pub(super) fn city(&self, index: usize) -> &'static str {
        let last = self.stops.len() - 1;
        self.stops[if self.is_reversed { last - index } else { index }]
    }
}

pub(super) struct Timetable {
    pub(super) departures: Vec<Departure>,
    pub(super) now: Timestamp,
}

/// A ticket to be sold: when, of which departure, which seat.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sale {
    pub(super) at: Timestamp,
    pub(super) departure: u32,
    pub(super) seat: u16,
}

impl Timetable {
    pub(super) async fn write(
        store: &Arc<dyn Store>,
        departures: usize,
        tickets: usize,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        stations(store.as_ref(), now).await?;
        let buses = buses(store.as_ref(), now).await?;
        let mut timetable = Self { departures: planned(departures, now), now };
        timetable.share_out(tickets)?;
        let mut writing = JoinSet::new();
        for (index, departure) in timetable.departures.iter().enumerate() {
            // By turns: a bus has days until its next departure.
            let (id, plan) = (departure.id, plan(departure, buses[index % buses.len()], index)?);
            let (store, at) = (Arc::clone(store), departure.at);
            while writing.len() >= CLERKS {
                writing.join_next().await.transpose()?.transpose()?;
            }
            writing.spawn(async move {
                let written = at - SignedDuration::from_hours(24 * (FIRST_SALE_DAYS + 1));
                store.create_route(id, plan, written.min(now)).await
            });
        }
        while let Some(written) = writing.join_next().await {
            written??;
        }
        Ok(timetable)
    }

    /// Gives every departure its tickets: past buses were nearly full, future ones are filling up.
    fn share_out(&mut self, tickets: usize) -> anyhow::Result<()> {
        let seats = self.departures.len() * usize::from(SEATS);
        anyhow::ensure!(tickets <= seats, "{tickets} tickets for {seats} seats");
        let mut left = tickets;
        let average = tickets as f64 / self.departures.len() as f64;
        for departure in &mut self.departures {
            let ahead = departure.at.duration_since(self.now).as_secs_f64() / 86_400.0;
            let share = if ahead > 0.0 { 1.0 - ahead / (DAYS_AHEAD + 10) as f64 } else { 1.06 };
            let wanted = average * share * (0.7 + 0.6 * fastrand::f64());
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is between none and the seats of a bus"
            )]
            let wanted = wanted.clamp(0.0, f64::from(SEATS)) as u16;
            departure.tickets = wanted.min(u16::try_from(left).unwrap_or(SEATS));
            left -= usize::from(departure.tickets);
        }
        while left > 0 {
            for departure in &mut self.departures {
                if left > 0 && departure.tickets < SEATS {
                    departure.tickets += 1;
                    left -= 1;
                }
            }
        }
        Ok(())
    }

    /// All sales, earliest first.
    pub(super) fn sales(&self) -> Vec<Sale> {
        let mut sales = Vec::new();
        for (index, departure) in self.departures.iter().enumerate() {
            for seat in 1..=departure.tickets {
                let before = fastrand::i64(LAST_SALE_MINUTES..FIRST_SALE_DAYS * DAY_MINUTES);
                let at = departure.at - SignedDuration::from_mins(before);
                // Tickets for far departures were sold in the last days.
                let last = self.now - SignedDuration::from_mins(LAST_SALE_MINUTES);
                let lately = SignedDuration::from_secs(fastrand::i64(0..10 * DAY_MINUTES * 60));
                let at = if at < last { at } else { last - lately };
                sales.push(Sale { at, departure: u32::try_from(index).unwrap_or(0), seat });
            }
        }
        sales.sort_unstable_by_key(|sale| sale.at);
        sales
    }
}

fn planned(departures: usize, now: Timestamp) -> Vec<Departure> {
    let weights: u32 = LINES.iter().map(|(weight, _)| weight).sum();
    let minutes = (DAYS_BEHIND + DAYS_AHEAD) * DAY_MINUTES;
    (0..departures)
        .map(|index| {
            let mut drawn = fastrand::u32(..weights);
            let line = LINES.iter().find(|(weight, _)| {
                let is_it = drawn < *weight;
                drawn = drawn.saturating_sub(*weight);
                is_it
            });
            // From the end of the range, so that a single departure is a future one.
            let back = minutes * i64::try_from(index).unwrap_or(0)
                / i64::try_from(departures).unwrap_or(i64::MAX);
            let at = now + SignedDuration::from_mins(DAYS_AHEAD * DAY_MINUTES - back);
            Departure {
                id: RouteId(id(at - SignedDuration::from_hours(24 * (FIRST_SALE_DAYS + 1)))),
                at,
                stops: line.unwrap_or(&LINES[0]).1,
                is_reversed: index % 2 == 1,
                tickets: 0,
            }
        })
        .collect()
}

fn plan(departure: &Departure, bus_id: BusId, index: usize) -> anyhow::Result<RoutePlan> {
    let last = departure.stops.len() - 1;
    let times: Vec<_> =
        (0..).zip(departure.stops).map(|(leg, _)| departure.at + LEG * leg).collect();
    let time = |stop: usize| times[stop];
    let (from_city, to_city) = (departure.city(0).to_owned(), departure.city(last).to_owned());
    let stations = (1..last)
        .map(|stop| Stop { name: departure.city(stop).to_owned(), time: time(stop) })
        .collect();
    // Each line has a fare of its own for its first leg; one in eight does not sell it alone.
    let first_leg = NewFare {
        from_city: from_city.clone(),
        to_city: departure.city(1).to_owned(),
        price: Kurus::from_lira(180),
        is_sold: !index.is_multiple_of(8) || last == 1,
    };
    let kind = RouteKind::ALL[index % RouteKind::ALL.len()];
    let new = NewRoute {
        bus_id,
        from_city,
        to_city,
        departure_time: departure.at,
        arrival_time: time(last),
        stations,
        price: Kurus::from_lira(450 + 10 * u32::try_from(index % 40)?),
        prices: vec![first_leg],
        kind,
        rest_stops: Vec::new(),
        crew: domain::Crew::default(),
        is_active: true,
        neighbour_rule: None,
    };
    new.plan().map_err(|errors| anyhow::anyhow!("a departure cannot be: {errors:?}"))
}

async fn stations(store: &dyn Store, now: Timestamp) -> anyhow::Result<()> {
    let mut names: Vec<&str> = LINES.iter().flat_map(|(_, stops)| stops.iter().copied()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let station = Station {
            id: StationId(id(now)),
            name: name.to_owned(),
            slug: slug(name),
            kind: StationKind::City,
            created_at: now,
            updated_at: now,
        };
        store.create_station(station).await?;
    }
    Ok(())
}

async fn buses(store: &dyn Store, now: Timestamp) -> anyhow::Result<Vec<BusId>> {
    let mut buses = Vec::with_capacity(BUSES);
    for index in 0..BUSES {
        let layout_type = if index % 3 == 0 { LayoutType::TwoTwo } else { LayoutType::TwoOne };
        let details = BusDetails {
            plate: format!("34 FLL {index:03}"),
            model: "Travego".to_owned(),
            seat_count: SEATS,
            layout_type,
            layout: Layout::generate(layout_type, SEATS),
            layout_id: None,
            layout_name: None,
            specs: BusSpecs {
                brand: Some(BRANDS[index % BRANDS.len()].to_owned()),
                ..BusSpecs::default()
            },
            features: Vec::new(),
            test_lat: None,
            test_lng: None,
            bus_phone: None,
            owner: None,
            tax_office: None,
            tax_number: None,
        };
        buses.push(store.create_bus(BusId(id(now)), details, now).await?.id);
    }
    Ok(buses)
}

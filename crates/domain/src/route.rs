//! A route: one dated departure of one bus along its stops.

mod bus_time;
mod delay;
mod patch;
mod sale;
mod sent;

use std::sync::Arc;

use jiff::Timestamp;

pub use delay::DELAY_BY_AGENTS_HOURS_MAX;
pub use patch::RoutePatch;
pub use sale::{BOOKING_CLOSES_MINUTES, booking_closes};
pub use sent::SentFields;

use crate::fare::price_of;
use crate::field::{FieldErrors, name};
use crate::segment::STOPS_MAX;
use crate::{
    BusId, CityKey, Fare, Kurus, NeighbourRule, Ordinal, Refusal, RouteId, RoutePlace, SeatNumber,
    Segment, Seq, StopIndex,
};

pub const REST_STOPS_MAX: usize = 32;
pub const FARES_MAX: usize = STOPS_MAX * (STOPS_MAX - 1) / 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RouteKind {
    #[default]
    Standard,
    Express,
    Vip,
    Luxury,
}

impl RouteKind {
    pub const ALL: [Self; 4] = [Self::Standard, Self::Express, Self::Vip, Self::Luxury];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
            Self::Vip => "VIP",
            Self::Luxury => "LUXURY",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Where the bus stops, and when it leaves there (at the last stop: arrives).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    pub name: String,
    pub time: Timestamp,
}

impl Stop {
    pub fn key(&self) -> CityKey {
        CityKey::new(&self.name)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crew {
    pub captain: Option<String>,
    pub first_driver: Option<String>,
    pub second_driver: Option<String>,
    pub assistant: Option<String>,
}

/// A copy shares what a sale never changes: every answer about a ticket has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub id: RouteId,
    pub bus_id: BusId,
    /// The bus's, fixed while the route has events.
    pub seat_count: u16,
    /// `0..=n`, at least two, times strictly rising.
    pub stops: Arc<[Stop]>,
    /// The stops' times as they were when the first seat was sold; `None` while they are still so.
    pub sold_times: Option<Arc<[Timestamp]>>,
    pub rest_stops: Arc<[String]>,
    pub price: Kurus,
    pub fares: Arc<[Fare]>,
    pub kind: RouteKind,
    pub crew: Arc<Crew>,
    pub is_active: bool,
    /// Its own; without one, the house's holds.
    pub neighbour_rule: Option<NeighbourRule>,
    /// The number of its newest event of any kind.
    pub ordinal: Ordinal,
    /// The number of its newest seat event; 0 before the first.
    pub seq: Seq,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Route {
    /// How far it is: behind its newest event.
    pub fn head(&self) -> RoutePlace {
        RoutePlace { ordinal: self.ordinal, seq: self.seq }
    }

    pub fn has_seat(&self, seat: SeatNumber) -> bool {
        seat.get() <= self.seat_count
    }

    pub fn stop(&self, index: StopIndex) -> Option<&Stop> {
        self.stops.get(index.as_usize())
    }

    /// From the first stop to the last.
    pub fn whole(&self) -> Option<Segment> {
        Segment::new(StopIndex::new(0)?, StopIndex::new(self.stops.len().checked_sub(1)?)?)
    }

    /// The segment between two cities, as people name them.
    pub fn segment_between(&self, from_city: &str, to_city: &str) -> Result<Segment, Refusal> {
        let index = |city: &str| self.stop_of(city).and_then(StopIndex::new);
        let unknown = |pointer, city: &str| Refusal::UnknownCity { pointer, city: city.to_owned() };
        let from = index(from_city).ok_or_else(|| unknown("/fromCity", from_city))?;
        let to = index(to_city).ok_or_else(|| unknown("/toCity", to_city))?;
        Segment::new(from, to).ok_or(Refusal::ReversedCities)
    }

    fn stop_of(&self, city: &str) -> Option<usize> {
        // Mostly it is spelt as the route spells it. Names that are equal have one key, and no two stops
        // of a route have: to fold the names of all stops for each sale costs more than to decide it.
        let as_spelt = self.stops.iter().position(|stop| stop.name == city);
        as_spelt.or_else(|| {
            let key = CityKey::new(city);
            self.stops.iter().position(|stop| stop.key() == key)
        })
    }

    /// As [`Route::segment_between`]; an end that is not named is the route's own.
    pub fn segment_or_whole(
        &self,
        from_city: Option<&str>,
        to_city: Option<&str>,
    ) -> Result<Segment, Refusal> {
        let [first, .., last] = &*self.stops else {
            unreachable!("a route is made with two stops at least")
        };
        self.segment_between(from_city.unwrap_or(&first.name), to_city.unwrap_or(&last.name))
    }

    /// The segment between two stop indexes.
    pub fn segment_at(&self, from: u64, to: u64) -> Result<Segment, Refusal> {
        let index = |index: u64| {
            usize::try_from(index)
                .ok()
                .filter(|index| *index < self.stops.len())
                .and_then(StopIndex::new)
        };
        match (index(from), index(to)) {
            (Some(from), Some(to)) => Segment::new(from, to).ok_or(Refusal::ReversedCities),
            _ => Err(Refusal::StopOutOfRange),
        }
    }

    pub fn price_of(&self, segment: Segment) -> Result<Kurus, Refusal> {
        price_of(&self.fares, self.price, segment)
    }

    /// When the bus leaves the segment's first stop.
    pub fn departure_of(&self, segment: Segment) -> Option<Timestamp> {
        self.stop(segment.from()).map(|stop| stop.time)
    }

    pub fn arrival_of(&self, segment: Segment) -> Option<Timestamp> {
        self.stop(segment.to()).map(|stop| stop.time)
    }
}

/// A route as staff describe it: the whole of what `POST /routes` and, merged over the old one,
/// `PATCH /routes/{id}` accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRoute {
    pub bus_id: BusId,
    pub from_city: String,
    pub to_city: String,
    pub departure_time: Timestamp,
    pub arrival_time: Timestamp,
    /// Between the ends, in driving order.
    pub stations: Vec<Stop>,
    pub price: Kurus,
    pub prices: Vec<NewFare>,
    pub kind: RouteKind,
    pub rest_stops: Vec<String>,
    pub crew: Crew,
    pub is_active: bool,
    pub neighbour_rule: Option<NeighbourRule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFare {
    pub from_city: String,
    pub to_city: String,
    pub price: Kurus,
    pub is_sold: bool,
}

/// What [`NewRoute::plan`] makes of a description: stops and fares by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutePlan {
    pub bus_id: BusId,
    pub stops: Vec<Stop>,
    /// See [`Route::sold_times`].
    pub sold_times: Option<Arc<[Timestamp]>>,
    pub rest_stops: Vec<String>,
    pub price: Kurus,
    pub fares: Vec<Fare>,
    pub kind: RouteKind,
    pub crew: Crew,
    pub is_active: bool,
    pub neighbour_rule: Option<NeighbourRule>,
    /// Staff insist that the bus may be on another departure at the same time. Not kept.
    pub allow_overlap: bool,
}

impl NewRoute {
    /// Checks the description and resolves city names to stops.
    pub fn plan(self) -> Result<RoutePlan, FieldErrors> {
        let mut errors = FieldErrors::default();
        let stops = self.stops(&mut errors);
        let fares = self.fares(&stops, &mut errors);
        let mut rest_stops = Vec::new();
        if self.rest_stops.len() > REST_STOPS_MAX {
            errors.push("/restStops", format!("must have at most {REST_STOPS_MAX} entries"));
        }
        for (index, stop) in self.rest_stops.iter().enumerate().take(REST_STOPS_MAX) {
            rest_stops.extend(errors.check(&format!("/restStops/{index}"), name(stop)));
        }
        let mut crew = self.crew;
        for (pointer, person) in [
            ("/captainName", &mut crew.captain),
            ("/firstDriverName", &mut crew.first_driver),
            ("/secondDriverName", &mut crew.second_driver),
            ("/assistantName", &mut crew.assistant),
        ] {
            if let Some(given) = person {
                *person = errors.check(pointer, name(given));
            }
        }
        errors.into_result()?;
        Ok(RoutePlan {
            bus_id: self.bus_id,
            stops,
            sold_times: None,
            rest_stops,
            price: self.price,
            fares,
            kind: self.kind,
            crew,
            is_active: self.is_active,
            neighbour_rule: self.neighbour_rule,
            allow_overlap: false,
        })
    }

    fn stops(&self, errors: &mut FieldErrors) -> Vec<Stop> {
        if self.stations.len() + 2 > STOPS_MAX {
            errors.push("/stations", format!("must have at most {} entries", STOPS_MAX - 2));
            return Vec::new();
        }
        let between = self.stations.iter().enumerate().map(|(index, stop)| {
            let at = format!("/stations/{index}");
            (format!("{at}/station"), format!("{at}/time"), stop.name.as_str(), stop.time)
        });
        let end = |city: &str, time: &str| (format!("/{city}"), format!("/{time}"));
        let (from, departure) = end("fromCity", "departureTime");
        let (to, arrival) = end("toCity", "arrivalTime");
        let all = std::iter::once((from, departure, self.from_city.as_str(), self.departure_time))
            .chain(between)
            .chain(std::iter::once((to, arrival, self.to_city.as_str(), self.arrival_time)));

        let mut stops: Vec<Stop> = Vec::new();
        let mut keys = std::collections::HashSet::new();
        for (name_at, time_at, station, time) in all {
            if stops.last().is_some_and(|previous| previous.time >= time) {
                errors.push(time_at, "must be later than the stop before it");
            }
            let Some(name) = errors.check(&name_at, name(station)) else { continue };
            let stop = Stop { name, time };
            if !keys.insert(stop.key()) {
                // Two stops of one name could not be told apart when a traveller names a city.
                errors.push(name_at, "is already a stop of this route");
            }
            stops.push(stop);
        }
        stops
    }

    fn fares(&self, stops: &[Stop], errors: &mut FieldErrors) -> Vec<Fare> {
        if self.prices.len() > FARES_MAX {
            errors.push("/prices", format!("must have at most {FARES_MAX} entries"));
            return Vec::new();
        }
        let keys: Vec<CityKey> = stops.iter().map(Stop::key).collect();
        let mut fares: Vec<Fare> = Vec::new();
        for (index, fare) in self.prices.iter().enumerate() {
            let at = format!("/prices/{index}");
            let mut find = |city: &str, field: &str| {
                let key = CityKey::new(city);
                let found = keys.iter().position(|stop| *stop == key).and_then(StopIndex::new);
                if found.is_none() {
                    errors.push(format!("{at}/{field}"), "is not a stop of this route");
                }
                found
            };
            let (from, to) = (find(&fare.from_city, "fromCity"), find(&fare.to_city, "toCity"));
            let (Some(from), Some(to)) = (from, to) else { continue };
            let Some(segment) = Segment::new(from, to) else {
                errors.push(format!("{at}/toCity"), "must come after fromCity on this route");
                continue;
            };
            if fares.iter().any(|known| known.segment == segment) {
                errors.push(at, "prices a segment that is priced already");
                continue;
            }
            fares.push(Fare { segment, price: fare.price, is_sold: fare.is_sold });
        }
        fares
    }
}

impl RoutePlan {
    /// A route that has left already cannot be put on sale.
    pub fn must_leave_after(&self, now: Timestamp) -> Result<(), FieldErrors> {
        match self.stops.first() {
            Some(first) if first.time > now => Ok(()),
            _ => Err(FieldErrors::one("/departureTime", "must be in the future")),
        }
    }

    /// What a changed route may still change: once seats have been sold on it (`route.seq > 0`) its
    /// bus and stops are fixed, and its times move as a delay; before, a new departure lies in the future.
    pub fn check_over(
        &self,
        route: &Route,
        is_by_admin: bool,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.bus_id == route.bus_id && *self.stops == *route.stops {
            return Ok(());
        }
        if route.seq == Seq::ZERO {
            return self.must_leave_after(now).map_err(Refusal::Invalid);
        }
        // A ticket sold on the old plan would mean something else on another bus or with other stops.
        let has_its_stops =
            self.stops.iter().map(|stop| &stop.name).eq(route.stops.iter().map(|stop| &stop.name));
        if self.bus_id != route.bus_id || !has_its_stops {
            return Err(Refusal::RouteFixed);
        }
        self.must_delay(route, is_by_admin, now)
    }
}

#[cfg(test)]
mod tests;

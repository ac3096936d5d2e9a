//! A route as staff describe it, and what the description becomes: a plan with stops and fares by
//! index.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::limits::{FARES_MAX, REST_STOPS_MAX};
use super::{Crew, RouteKind, Stop};
use crate::field::{FieldErrors, name};
use crate::segment::STOPS_MAX;
use crate::{BusId, CityKey, Fare, Kurus, NeighbourRule, Segment, StopIndex};

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
    /// See [`Route::sold_times`](super::Route::sold_times).
    pub sold_times: Option<Arc<[Timestamp]>>,
    pub rest_stops: Vec<String>,
    pub price: Kurus,
    pub fares: Vec<Fare>,
    pub kind: RouteKind,
    pub crew: Crew,
    pub is_active: bool,
    pub neighbour_rule: Option<NeighbourRule>,
    /// Staff say that the bus may be on another departure at the same time. Not kept.
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
        let mut keys = HashSet::new();
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
}

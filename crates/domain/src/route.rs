//! A route: one dated departure of one bus along its stops.

mod bus_time;
mod delay;
mod fixed;
pub mod limits;
pub mod patch;
pub mod plan;
pub mod sale;
mod sent;

use std::sync::Arc;

use jiff::Timestamp;

use crate::fare::price_of;
use crate::{
    BusId, CityKey, Fare, Kurus, NeighbourRule, Ordinal, Refusal, RouteId, RoutePlace, SeatNumber,
    Segment, Seq, StopIndex,
};

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

/// A copy shares what a sale never changes: every answer about a ticket holds such a copy.
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
    /// Its own rule; without one, the company's default holds.
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
        // Mostly it is spelt as the route spells it. Names that are equal have one key, and no two
        // stops of a route have: to fold the names of all stops for each sale costs more than to
        // decide it.
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

    /// The segment between two stop indexes; an end that is not named is the route's own.
    pub fn segment_at(&self, from: Option<u64>, to: Option<u64>) -> Result<Segment, Refusal> {
        let index = |index: u64| {
            usize::try_from(index)
                .ok()
                .filter(|index| *index < self.stops.len())
                .and_then(StopIndex::new)
        };
        let last = self.stops.len() as u64 - 1;
        match (index(from.unwrap_or(0)), index(to.unwrap_or(last))) {
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

#[cfg(test)]
mod tests;

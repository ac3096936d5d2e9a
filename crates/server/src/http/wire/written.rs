//! Parts of an answer that are written as JSON once, for all the answers that contain them.
//!
//! The layout of the bus, the stops and the fares are the larger part of every ticket and rarely
//! change. A kept text is used only for a part that equals the one from which it was written, so it
//! cannot be stale.

use std::sync::{Arc, LazyLock};

use domain::{Bus, BusId, Fare, Route, RouteId, Stop};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::audience::Audience;
use super::bus::BusBody;
use super::route_lists::{Price, RouteStation, RouteStop};
use crate::bounded::Bounded;

/// Buses that are kept as JSON, at some 4 KiB each, and once more if staff have read them too: a
/// company's fleet, which a list of tickets shows in no particular order.
const BUSES_WRITTEN_MAX: usize = 1_024;

/// Routes whose lists are kept as JSON, at some 2 KiB each.
const ROUTES_WRITTEN_MAX: usize = 1_024;

type Kept<K, T, W> = LazyLock<Bounded<K, (Arc<T>, W)>>;

static BUSES: Kept<(BusId, Audience), Bus, Written> =
    LazyLock::new(|| Bounded::new(BUSES_WRITTEN_MAX));
/// The parts from which a route's lists are written.
type Lists = (Arc<[Stop]>, Arc<[Fare]>);
static ROUTES: Kept<RouteId, Lists, RouteLists> =
    LazyLock::new(|| Bounded::new(ROUTES_WRITTEN_MAX));

/// JSON in its final form. `None` if it could not be written, which fails the answer.
#[derive(Clone, Debug)]
pub(crate) struct Written(Option<Arc<RawValue>>);

impl Written {
    fn from(value: &impl Serialize) -> Self {
        Self(serde_json::value::to_raw_value(value).ok().map(Arc::from))
    }

    /// A bus as it appears inside a route.
    pub(crate) fn bus(bus: &Arc<Bus>, audience: Audience) -> Self {
        let key = (bus.id, audience);
        if let Some((from, text)) = BUSES.get(&key)
            && (Arc::ptr_eq(&from, bus) || from == *bus)
        {
            return text;
        }
        let text = Self::from(&BusBody::new(bus, audience));
        BUSES.keep(key, (Arc::clone(bus), text.clone()));
        text
    }
}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(text) = self;
        text.as_ref().ok_or_else(|| S::Error::custom("no JSON"))?.serialize(serializer)
    }
}

/// The lists of a route.
#[derive(Clone, Debug)]
pub(crate) struct RouteLists {
    pub(crate) stations: Written,
    pub(crate) route_stations: Written,
    pub(crate) stops: Written,
    pub(crate) prices: Written,
}

impl RouteLists {
    pub(crate) fn of(route: &Route) -> Self {
        if let Some((from, lists)) = ROUTES.get(&route.id)
            && from.0 == route.stops
            && from.1 == route.fares
        {
            return lists;
        }
        let between = match &*route.stops {
            [_, between @ .., _] => between,
            // A stored route has at least two stops.
            _ => &[],
        };
        let stations: Vec<&str> = between.iter().map(|stop| stop.name.as_str()).collect();
        let lists = Self {
            stations: Written::from(&stations),
            route_stations: Written::from(&RouteStation::all(between)),
            stops: Written::from(&RouteStop::all(&route.stops)),
            prices: Written::from(&Price::all(route)),
        };
        let from = Arc::new((Arc::clone(&route.stops), Arc::clone(&route.fares)));
        ROUTES.keep(route.id, (from, lists.clone()));
        lists
    }
}

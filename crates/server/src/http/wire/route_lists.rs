//! The lists of a route, as answers show them: stops and fares.

use domain::{Fare, Route, Stop};
use serde::Serialize;
use utoipa::ToSchema;

use super::scalar::{Money, Time};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RouteStation {
    station: String,
    time: Time,
    order: usize,
}

/// A stop as segments count them: 0 is the stop where the bus begins.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RouteStop {
    index: usize,
    city: String,
    /// When the bus leaves this stop; at the last stop, when it arrives.
    time: Time,
}

/// The fare of one segment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Price {
    from_city: String,
    to_city: String,
    price: Money,
    is_sold: bool,
}

impl RouteStation {
    pub(super) fn all(between: &[Stop]) -> Vec<Self> {
        let station = |(order, stop): (usize, &Stop)| Self {
            station: stop.name.clone(),
            time: Time(stop.time),
            order,
        };
        between.iter().enumerate().map(station).collect()
    }
}

impl RouteStop {
    pub(super) fn all(stops: &[Stop]) -> Vec<Self> {
        let stop = |(index, stop): (usize, &Stop)| Self {
            index,
            city: stop.name.clone(),
            time: Time(stop.time),
        };
        stops.iter().enumerate().map(stop).collect()
    }
}

impl Price {
    pub(super) fn all(route: &Route) -> Vec<Self> {
        let city = |index| route.stop(index).map(|stop| stop.name.clone()).unwrap_or_default();
        let price = |fare: &Fare| Self {
            from_city: city(fare.segment.from()),
            to_city: city(fare.segment.to()),
            price: Money(fare.price),
            is_sold: fare.is_sold,
        };
        route.fares.iter().map(price).collect()
    }
}

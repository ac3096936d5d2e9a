//! **Route** and **Search hit**.

use domain::calendar::{duration_text, night_departure_note};
use domain::route::RoutePatch;
use domain::{Crew, Fare, Kurus, NewFare, NewRoute, Route, Segment, Stop};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use store::{RouteView, TakenSeat};
use utoipa::ToSchema;
use uuid::Uuid;

use super::audience::{Audience, ForStaff};
use super::bus::BusBody;
use super::scalar::{
    GenderWord, Money, RouteKindWord, TicketStatusWord, Time, Word, given, given_or_emptied,
    present,
};
use super::written::{RouteLists, Written};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Route)]
pub(crate) struct RouteBody {
    id: Uuid,
    from_city: String,
    to_city: String,
    /// Every stop's name, ends included, in driving order.
    #[schema(value_type = Vec<String>)]
    stations: Written,
    /// Every stop, ends included; `order` is the stop index.
    #[schema(value_type = Vec<RouteStation>)]
    route_stations: Written,
    rest_stops: Vec<String>,
    departure_time: Time,
    arrival_time: Time,
    price: Money,
    #[schema(value_type = Vec<Price>)]
    prices: Written,
    #[serde(rename = "type")]
    kind: RouteKindWord,
    bus_id: Uuid,
    #[schema(value_type = BusBody)]
    bus: Written,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    captain_name: ForStaff<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    first_driver_name: ForStaff<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    second_driver_name: ForStaff<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    assistant_name: ForStaff<String>,
    is_active: bool,
    /// The number of the route's newest seat event.
    seq: u64,
    created_at: Time,
    updated_at: Time,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RouteStation {
    station: String,
    time: Time,
    order: usize,
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
    pub(super) fn all(stops: &[Stop]) -> Vec<Self> {
        let station = |(order, stop): (usize, &Stop)| Self {
            station: stop.name.clone(),
            time: Time(stop.time),
            order,
        };
        stops.iter().enumerate().map(station).collect()
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

impl RouteBody {
    pub(crate) fn new(view: RouteView, audience: Audience) -> Self {
        let RouteView { route, bus } = view;
        let city = |stop: Option<&Stop>| stop.map(|stop| stop.name.clone()).unwrap_or_default();
        let time = |stop: Option<&Stop>| Time(stop.map_or(route.created_at, |stop| stop.time));
        let lists = RouteLists::of(&route);
        Self {
            id: route.id.0,
            from_city: city(route.stops.first()),
            to_city: city(route.stops.last()),
            stations: lists.stations,
            route_stations: lists.route_stations,
            departure_time: time(route.stops.first()),
            arrival_time: time(route.stops.last()),
            price: Money(route.price),
            prices: lists.prices,
            kind: Word(route.kind),
            bus_id: route.bus_id.0,
            bus: Written::bus(&bus, audience),
            is_active: route.is_active,
            seq: route.seq.get(),
            created_at: Time(route.created_at),
            updated_at: Time(route.updated_at),
            rest_stops: route.rest_stops,
            captain_name: audience.only_staff(route.crew.captain),
            first_driver_name: audience.only_staff(route.crew.first_driver),
            second_driver_name: audience.only_staff(route.crew.second_driver),
            assistant_name: audience.only_staff(route.crew.assistant),
        }
    }
}

/// A route with who sits where: live tickets only, no person in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RouteWithTickets {
    #[serde(flatten)]
    pub(crate) route: RouteBody,
    pub(crate) tickets: Vec<TakenSeatBody>,
}

/// A taken piece of a seat.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TakenSeat)]
pub(crate) struct TakenSeatBody {
    seat_number: u16,
    status: TicketStatusWord,
    from_stop_index: u8,
    to_stop_index: u8,
    gender: GenderWord,
}

impl From<&TakenSeat> for TakenSeatBody {
    fn from(taken: &TakenSeat) -> Self {
        Self {
            seat_number: taken.seat.get(),
            status: Word(taken.status),
            from_stop_index: taken.segment.from().get(),
            to_stop_index: taken.segment.to().get(),
            gender: Word(taken.gender),
        }
    }
}

/// A route with the traveller's segment in place of the whole.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SearchHit {
    #[serde(flatten)]
    route: RouteBody,
    /// `5h 30m`.
    duration: String,
    available_seats: usize,
    from_stop_index: u8,
    to_stop_index: u8,
    /// When the bus leaves its first stop.
    main_departure_time: Time,
    /// A sentence when the segment leaves between 00:00 and 03:59 local time, else empty.
    date_info: String,
}

impl SearchHit {
    /// `None` when the segment is not one of the route's.
    pub(crate) fn new(
        view: RouteView,
        segment: Segment,
        price: Kurus,
        available_seats: usize,
        zone: &TimeZone,
        audience: Audience,
    ) -> Option<Self> {
        let departure = view.route.departure_of(segment)?;
        let arrival = view.route.arrival_of(segment)?;
        let city = |route: &Route, index| route.stop(index).map(|stop| stop.name.clone());
        let from_city = city(&view.route, segment.from())?;
        let to_city = city(&view.route, segment.to())?;
        let route = RouteBody::new(view, audience);
        let main_departure_time = route.departure_time;
        Some(Self {
            duration: duration_text(arrival.duration_since(departure)),
            available_seats,
            from_stop_index: segment.from().get(),
            to_stop_index: segment.to().get(),
            main_departure_time,
            date_info: night_departure_note(departure, zone),
            route: RouteBody {
                from_city,
                to_city,
                departure_time: Time(departure),
                arrival_time: Time(arrival),
                price: Money(price),
                ..route
            },
        })
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStop {
    station: String,
    time: Time,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewPrice {
    from_city: String,
    to_city: String,
    price: Money,
    /// Default true; false takes the segment off sale.
    is_sold: Option<bool>,
}

impl From<NewStop> for Stop {
    fn from(new: NewStop) -> Self {
        Self { name: new.station, time: new.time.0 }
    }
}

impl From<NewPrice> for NewFare {
    fn from(new: NewPrice) -> Self {
        Self {
            from_city: new.from_city,
            to_city: new.to_city,
            price: new.price.0,
            is_sold: new.is_sold.unwrap_or(true),
        }
    }
}

fn all<T, U: From<T>>(items: Vec<T>) -> Vec<U> {
    items.into_iter().map(U::from).collect()
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewRouteBody {
    from_city: String,
    to_city: String,
    /// Between the ends, in driving order.
    #[serde(default)]
    stations: Vec<NewStop>,
    departure_time: Time,
    arrival_time: Time,
    price: Money,
    #[serde(default)]
    prices: Vec<NewPrice>,
    /// Default `STANDARD`.
    #[serde(rename = "type")]
    kind: Option<RouteKindWord>,
    bus_id: Uuid,
    #[serde(default)]
    rest_stops: Vec<String>,
    captain_name: Option<String>,
    first_driver_name: Option<String>,
    second_driver_name: Option<String>,
    assistant_name: Option<String>,
    /// Default true.
    is_active: Option<bool>,
    /// Insists on a bus that is on another departure at the same time. Default false.
    allow_overlap: Option<bool>,
}

impl NewRouteBody {
    pub(crate) fn allow_overlap(&self) -> bool {
        self.allow_overlap.unwrap_or_default()
    }
}

impl From<NewRouteBody> for NewRoute {
    fn from(body: NewRouteBody) -> Self {
        Self {
            bus_id: body.bus_id.into(),
            from_city: body.from_city,
            to_city: body.to_city,
            departure_time: body.departure_time.0,
            arrival_time: body.arrival_time.0,
            stations: all(body.stations),
            price: body.price.0,
            prices: all(body.prices),
            kind: body.kind.map(|word| word.0).unwrap_or_default(),
            rest_stops: body.rest_stops,
            crew: Crew {
                captain: body.captain_name,
                first_driver: body.first_driver_name,
                second_driver: body.second_driver_name,
                assistant: body.assistant_name,
            },
            is_active: body.is_active.unwrap_or(true),
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RouteChanges {
    #[serde(default, deserialize_with = "given")]
    from_city: Option<String>,
    #[serde(default, deserialize_with = "given")]
    to_city: Option<String>,
    #[serde(default, deserialize_with = "given_or_emptied")]
    stations: Option<Vec<NewStop>>,
    #[serde(default, deserialize_with = "given")]
    departure_time: Option<Time>,
    #[serde(default, deserialize_with = "given")]
    arrival_time: Option<Time>,
    #[serde(default, deserialize_with = "given")]
    price: Option<Money>,
    #[serde(default, deserialize_with = "given_or_emptied")]
    prices: Option<Vec<NewPrice>>,
    #[serde(rename = "type")]
    #[serde(default, deserialize_with = "given")]
    kind: Option<RouteKindWord>,
    #[serde(default, deserialize_with = "given")]
    bus_id: Option<Uuid>,
    #[serde(default, deserialize_with = "given_or_emptied")]
    rest_stops: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    captain_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    first_driver_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    second_driver_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    assistant_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    is_active: Option<bool>,
    /// As in `POST /routes`.
    #[serde(default, deserialize_with = "given")]
    allow_overlap: Option<bool>,
}

impl From<RouteChanges> for RoutePatch {
    fn from(changes: RouteChanges) -> Self {
        Self {
            bus_id: changes.bus_id.map(Into::into),
            from_city: changes.from_city,
            to_city: changes.to_city,
            departure_time: changes.departure_time.map(|time| time.0),
            arrival_time: changes.arrival_time.map(|time| time.0),
            stations: changes.stations.map(all),
            price: changes.price.map(|money| money.0),
            prices: changes.prices.map(all),
            kind: changes.kind.map(|word| word.0),
            rest_stops: changes.rest_stops,
            captain: changes.captain_name,
            first_driver: changes.first_driver_name,
            second_driver: changes.second_driver_name,
            assistant: changes.assistant_name,
            is_active: changes.is_active,
            allow_overlap: changes.allow_overlap.unwrap_or_default(),
        }
    }
}

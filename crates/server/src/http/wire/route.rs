//! **Route**, as answers show it. The form in which clients send it is [`super::route_form`].

use domain::{Gender, Stop, TakenSeat};
use serde::Serialize;
use store::RouteView;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audience::{Audience, ForStaff};
use super::bus::BusBody;
use super::route_lists::{Price, RouteStation, RouteStop};
use super::scalar::{
    GenderWord, Money, NeighbourRuleWord, RouteKindWord, SeatStatus, SeatStatusWord, Time, Word,
};
use super::written::{RouteLists, Written};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Route)]
pub(crate) struct RouteBody {
    id: Uuid,
    from_city: String,
    to_city: String,
    /// The names of the stops between the ends, in driving order.
    #[schema(value_type = Vec<String>)]
    stations: Written,
    /// The stops between the ends, as `POST` and `PATCH /routes` take them; `order` counts from 0.
    #[schema(value_type = Vec<RouteStation>)]
    route_stations: Written,
    /// Every stop, ends included.
    #[schema(value_type = Vec<RouteStop>)]
    stops: Written,
    rest_stops: Vec<String>,
    pub(super) departure_time: Time,
    pub(super) arrival_time: Time,
    pub(super) price: Money,
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
    /// The route's own rule; `null`: that of `SEATWIRE_NEIGHBOUR_RULE`.
    neighbour_rule: Option<NeighbourRuleWord>,
    /// The number of the route's newest seat event.
    seq: u64,
    created_at: Time,
    updated_at: Time,
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
            stops: lists.stops,
            departure_time: time(route.stops.first()),
            arrival_time: time(route.stops.last()),
            price: Money(route.price),
            prices: lists.prices,
            kind: Word(route.kind),
            bus_id: route.bus_id.0,
            bus: Written::bus(&bus, audience),
            is_active: route.is_active,
            neighbour_rule: route.neighbour_rule.map(Word),
            seq: route.seq.get(),
            created_at: Time(route.created_at),
            updated_at: Time(route.updated_at),
            rest_stops: route.rest_stops.to_vec(),
            captain_name: audience.only_staff(route.crew.captain.clone()),
            first_driver_name: audience.only_staff(route.crew.first_driver.clone()),
            second_driver_name: audience.only_staff(route.crew.second_driver.clone()),
            assistant_name: audience.only_staff(route.crew.assistant.clone()),
        }
    }
}

/// A route with its taken seats: live tickets, held and blocked seats, without any names.
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
    status: SeatStatusWord,
    from_stop_index: u8,
    to_stop_index: u8,
    /// Absent when the seat is held or blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<GenderWord>,
}

impl TakenSeatBody {
    pub(crate) fn new(taken: &TakenSeat, audience: Audience) -> Self {
        Self {
            seat_number: taken.seat.get(),
            status: Word(SeatStatus::of(taken, audience)),
            from_stop_index: taken.segment.from().get(),
            to_stop_index: taken.segment.to().get(),
            gender: taken.gender.map(Word),
        }
    }

    /// For the documents.
    pub(crate) fn example() -> Self {
        Self {
            seat_number: 3,
            status: Word(SeatStatus::Confirmed),
            from_stop_index: 0,
            to_stop_index: 2,
            gender: Some(Word(Gender::Female)),
        }
    }
}

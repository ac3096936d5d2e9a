//! What happens on a route, in one order: the events of its seats, and changes of the route itself
//! that are no sale.
//!
//! Every event has an ordinal: 1, 2, 3, … on its route, without a hole. Only a seat's event takes a
//! [`Seq`](crate::Seq), the number that clients know; a route's change has the seq of the last seat
//! event before it. A route's change sells nothing: it fixes neither bus nor stops, and a route
//! with no events but changes can be deleted.

use jiff::Timestamp;

use crate::{Route, RouteId, RoutePlace, RoutePlan, SeatEvent};

/// How a route changed without a sale; the `change` of a `route_update`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteChange {
    /// It has another bus, or its bus has other seats, or they are offered to others: the map that
    /// was sent is no longer the map.
    Bus,
    /// Its times have moved, or, before the first sale, its stops.
    Delayed,
    /// It is not on sale any more.
    Inactive,
    /// It is on sale again.
    Active,
    /// It is gone. Nothing of this route comes after it.
    Deleted,
}

impl RouteChange {
    pub const ALL: [Self; 5] =
        [Self::Bus, Self::Delayed, Self::Inactive, Self::Active, Self::Deleted];

    /// The changes that viewers are sent when a route takes on a plan. No map shows prices or
    /// people.
    pub fn from_to(route: &Route, plan: &RoutePlan) -> Vec<Self> {
        let has_other_map =
            plan.bus_id != route.bus_id || plan.neighbour_rule != route.neighbour_rule;
        let on_sale = if plan.is_active { Self::Active } else { Self::Inactive };
        let changes = [
            (has_other_map, Self::Bus),
            (*plan.stops != *route.stops, Self::Delayed),
            (plan.is_active != route.is_active, on_sale),
        ];
        changes.into_iter().filter_map(|(differs, change)| differs.then_some(change)).collect()
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bus => "bus",
            Self::Delayed => "delayed",
            Self::Inactive => "inactive",
            Self::Active => "active",
            Self::Deleted => "deleted",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.as_str() == text)
    }
}

/// A committed change of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteUpdate {
    pub route_id: RouteId,
    pub place: RoutePlace,
    /// Its number in the order in which the whole store committed.
    pub position: u64,
    pub change: RouteChange,
    pub at: Timestamp,
}

/// A committed event of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteEvent {
    Seat(SeatEvent),
    Update(RouteUpdate),
}

impl RouteEvent {
    pub fn route_id(&self) -> RouteId {
        match self {
            Self::Seat(event) => event.route_id,
            Self::Update(update) => update.route_id,
        }
    }

    /// The place behind it.
    pub fn place(&self) -> RoutePlace {
        match self {
            Self::Seat(event) => event.place(),
            Self::Update(update) => update.place,
        }
    }

    pub fn position(&self) -> u64 {
        match self {
            Self::Seat(event) => event.position,
            Self::Update(update) => update.position,
        }
    }

    pub fn seat(&self) -> Option<&SeatEvent> {
        match self {
            Self::Seat(event) => Some(event),
            Self::Update(_) => None,
        }
    }
}

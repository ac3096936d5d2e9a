//! A partial change of a route, merged inside the transaction over the route as it stands there.

use jiff::Timestamp;

use super::plan::{NewFare, NewRoute, RoutePlan};
use super::sent::SentFields;
use super::{Crew, Route, RouteKind, Stop};
use crate::{BusId, Kurus, NeighbourRule, Refusal};

/// `None` leaves a field alone. For the crew and the neighbour rule, `Some(None)` takes it off.
#[derive(Clone, Debug, Default)]
pub struct RoutePatch {
    pub bus_id: Option<BusId>,
    pub from_city: Option<String>,
    pub to_city: Option<String>,
    pub departure_time: Option<Timestamp>,
    pub arrival_time: Option<Timestamp>,
    pub stations: Option<Vec<Stop>>,
    pub price: Option<Kurus>,
    pub prices: Option<Vec<NewFare>>,
    pub kind: Option<RouteKind>,
    pub rest_stops: Option<Vec<String>>,
    pub captain: Option<Option<String>>,
    pub first_driver: Option<Option<String>>,
    pub second_driver: Option<Option<String>>,
    pub assistant: Option<Option<String>>,
    pub is_active: Option<bool>,
    pub neighbour_rule: Option<Option<NeighbourRule>>,
    /// See [`RoutePlan::allow_overlap`].
    pub allow_overlap: bool,
    /// Whether an administrator changes it, whose delays have no bound. Not kept.
    pub is_by_admin: bool,
}

impl RoutePatch {
    /// The new route, checked against the old one; errors name the fields that were sent.
    pub fn plan_over(self, old: &Route, now: Timestamp) -> Result<RoutePlan, Refusal> {
        let Self { allow_overlap, is_by_admin, .. } = self;
        let sent = self.sent();
        let invalid = |errors| Refusal::Invalid(sent.name(errors));
        let plan = self.over(old).plan().map_err(invalid)?;
        let sold_times = plan.sold_times_over(old);
        let plan = RoutePlan { allow_overlap, sold_times, ..plan };
        plan.check_over(old, is_by_admin, now).map_err(|refusal| match refusal {
            Refusal::Invalid(errors) => invalid(errors),
            other => other,
        })?;
        Ok(plan)
    }

    fn sent(&self) -> SentFields {
        let related = [
            ("busId", self.bus_id.is_some()),
            ("fromCity", self.from_city.is_some()),
            ("toCity", self.to_city.is_some()),
            ("departureTime", self.departure_time.is_some()),
            ("arrivalTime", self.arrival_time.is_some()),
            ("stations", self.stations.is_some()),
            ("prices", self.prices.is_some()),
        ];
        SentFields(related.into_iter().filter(|(_, sent)| *sent).map(|(name, _)| name).collect())
    }

    /// The whole description that the patch amounts to, still to be checked by [`NewRoute::plan`].
    pub fn over(self, route: &Route) -> NewRoute {
        let [first, between @ .., last] = &*route.stops else {
            unreachable!("a route is made with two stops at least")
        };
        let (first, between, last) = (first.clone(), between.to_vec(), last.clone());
        let name = |index| {
            let Some(stop) = route.stop(index) else {
                unreachable!("a fare is made for stops of its route")
            };
            stop.name.clone()
        };
        let prices = || {
            let fare = |fare: &crate::Fare| NewFare {
                from_city: name(fare.segment.from()),
                to_city: name(fare.segment.to()),
                price: fare.price,
                is_sold: fare.is_sold,
            };
            route.fares.iter().map(fare).collect()
        };
        let crew = &route.crew;
        NewRoute {
            bus_id: self.bus_id.unwrap_or(route.bus_id),
            from_city: self.from_city.unwrap_or(first.name),
            to_city: self.to_city.unwrap_or(last.name),
            departure_time: self.departure_time.unwrap_or(first.time),
            arrival_time: self.arrival_time.unwrap_or(last.time),
            stations: self.stations.unwrap_or(between),
            price: self.price.unwrap_or(route.price),
            prices: self.prices.unwrap_or_else(prices),
            kind: self.kind.unwrap_or(route.kind),
            rest_stops: self.rest_stops.unwrap_or_else(|| route.rest_stops.to_vec()),
            crew: Crew {
                captain: self.captain.unwrap_or_else(|| crew.captain.clone()),
                first_driver: self.first_driver.unwrap_or_else(|| crew.first_driver.clone()),
                second_driver: self.second_driver.unwrap_or_else(|| crew.second_driver.clone()),
                assistant: self.assistant.unwrap_or_else(|| crew.assistant.clone()),
            },
            is_active: self.is_active.unwrap_or(route.is_active),
            neighbour_rule: self.neighbour_rule.unwrap_or(route.neighbour_rule),
        }
    }
}

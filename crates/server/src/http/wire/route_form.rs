//! A route as `POST /routes` and `PATCH /routes/{id}` take it.
//!
//! What `GET` answers can be sent back: a stop between the ends as `{station, time, order}`.

use std::fmt;

use domain::RoutePatch;
use domain::{Crew, FieldErrors, NewFare, NewRoute, Stop};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use uuid::Uuid;

use super::scalar::{
    Money, NeighbourRuleWord, RouteKindWord, Time, given, given_or_emptied, present,
};

/// A stop between the ends.
#[derive(Debug, ToSchema)]
pub(crate) struct NewStop {
    station: String,
    time: Time,
    /// As it was read. Stops are in driving order: it must be this stop's place in the list, from
    /// 0.
    #[schema(required = false)]
    order: Option<u64>,
}

/// For a stop that is only a name.
const HOW_TO_WRITE_A_STOP: &str = "must be an object such as {\"station\": \"Bolu\", \
     \"time\": \"2025-10-14T10:30:00.000Z\"}: each stop has a time of its own, and none is guessed";

impl<'de> Deserialize<'de> for NewStop {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // With `deserialize_struct`, the JSON reader would refuse a text before the visitor can
        // explain.
        deserializer.deserialize_any(StopVisitor)
    }
}

/// Reads a stop; a client that sends only its name gets an error that says how to write it.
struct StopVisitor;

impl<'de> Visitor<'de> for StopVisitor {
    type Value = NewStop;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("struct NewStop")
    }

    fn visit_str<E: serde::de::Error>(self, _name: &str) -> Result<NewStop, E> {
        Err(E::custom(HOW_TO_WRITE_A_STOP))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<NewStop, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Stop {
            station: String,
            time: Time,
            #[serde(default, deserialize_with = "given")]
            order: Option<u64>,
        }
        let stop = Stop::deserialize(MapAccessDeserializer::new(map))?;
        Ok(NewStop { station: stop.station, time: stop.time, order: stop.order })
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewPrice {
    from_city: String,
    to_city: String,
    price: Money,
    /// Default true; false takes the segment off the sale.
    is_sold: Option<bool>,
}

/// The stops in their order; one with another `order` is refused, not moved.
fn stops(stations: Vec<NewStop>) -> Result<Vec<Stop>, FieldErrors> {
    let mut errors = FieldErrors::default();
    for (index, new) in stations.iter().enumerate() {
        if new.order.is_some_and(|order| usize::try_from(order) != Ok(index)) {
            let message = format!("must be {index}: stations stand in driving order");
            errors.push(format!("/stations/{index}/order"), message);
        }
    }
    errors.into_result()?;
    let stop = |new: NewStop| Stop { name: new.station, time: new.time.0 };
    Ok(stations.into_iter().map(stop).collect())
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

fn fares(prices: Vec<NewPrice>) -> Vec<NewFare> {
    prices.into_iter().map(NewFare::from).collect()
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
    /// Who may sit beside whom on this departure. Default `null`: the rule of
    /// `SEATWIRE_NEIGHBOUR_RULE`.
    neighbour_rule: Option<NeighbourRuleWord>,
    /// Insists on a bus that is on another departure at the same time. Default false.
    allow_overlap: Option<bool>,
}

impl NewRouteBody {
    pub(crate) fn allow_overlap(&self) -> bool {
        self.allow_overlap.unwrap_or_default()
    }
}

impl TryFrom<NewRouteBody> for NewRoute {
    type Error = FieldErrors;

    fn try_from(body: NewRouteBody) -> Result<Self, FieldErrors> {
        Ok(Self {
            bus_id: body.bus_id.into(),
            from_city: body.from_city,
            to_city: body.to_city,
            departure_time: body.departure_time.0,
            arrival_time: body.arrival_time.0,
            stations: stops(body.stations)?,
            price: body.price.0,
            prices: fares(body.prices),
            kind: body.kind.map(|word| word.0).unwrap_or_default(),
            rest_stops: body.rest_stops,
            crew: Crew {
                captain: body.captain_name,
                first_driver: body.first_driver_name,
                second_driver: body.second_driver_name,
                assistant: body.assistant_name,
            },
            is_active: body.is_active.unwrap_or(true),
            neighbour_rule: body.neighbour_rule.map(|word| word.0),
        })
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
    /// `null`: the rule of `SEATWIRE_NEIGHBOUR_RULE`.
    #[serde(default, deserialize_with = "present")]
    neighbour_rule: Option<Option<NeighbourRuleWord>>,
    /// As in `POST /routes`.
    #[serde(default, deserialize_with = "given")]
    allow_overlap: Option<bool>,
}

impl TryFrom<RouteChanges> for RoutePatch {
    type Error = FieldErrors;

    fn try_from(changes: RouteChanges) -> Result<Self, FieldErrors> {
        Ok(Self {
            bus_id: changes.bus_id.map(Into::into),
            from_city: changes.from_city,
            to_city: changes.to_city,
            departure_time: changes.departure_time.map(|time| time.0),
            arrival_time: changes.arrival_time.map(|time| time.0),
            stations: changes.stations.map(stops).transpose()?,
            price: changes.price.map(|money| money.0),
            prices: changes.prices.map(fares),
            kind: changes.kind.map(|word| word.0),
            rest_stops: changes.rest_stops,
            captain: changes.captain_name,
            first_driver: changes.first_driver_name,
            second_driver: changes.second_driver_name,
            assistant: changes.assistant_name,
            is_active: changes.is_active,
            neighbour_rule: changes.neighbour_rule.map(|rule| rule.map(|word| word.0)),
            allow_overlap: changes.allow_overlap.unwrap_or_default(),
            // The body does not say this.
            is_by_admin: false,
        })
    }
}

//! The messages, each with the schema of its type and an example of that type.

use std::collections::BTreeMap;

use domain::{EventKind, Gender, Kurus, Reason, RouteChange, RouteId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};
use uuid::Uuid;

use super::super::availability::{Offer, SeatAvailability};
use super::super::bus_position::BusPositionBody;
use super::super::identity::Authenticated;
use super::super::request::Trouble;
use super::super::route_update::RouteUpdateBody;
use super::super::seat_update::{Metadata, SeatUpdateBody};
use super::super::viewer_orders::NoticeBody;
use super::super::watching::{Subscribed, Unsubscribed};
use super::requests::{Authenticate, GetSeatAvailability, SubscribeRoute, UnsubscribeRoute};
use crate::http::wire::route::TakenSeatBody;
use crate::http::wire::scalar::{Money, Time, Word};

/// The ids of the examples.
const ROUTE: RouteId = RouteId(Uuid::from_u128(0x0199_c0de_0000_7000_8000_0000_0000_0001));
const TICKET: Uuid = Uuid::from_u128(0x0199_c0de_0000_7000_8000_0000_0000_0002);
/// 2025-10-14T10:30:00Z
const AT: Timestamp = Timestamp::constant(1_760_437_800, 0);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A request of a viewer.
    Asked { answer: &'static str },
    /// The answer to a request.
    Answer,
    /// Sent without a request.
    Told,
}

pub(super) struct Message {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) summary: &'static str,
    schema: String,
    pub(super) example: Value,
}

impl Message {
    pub(super) fn reference(&self) -> Value {
        json!({"$ref": format!("#/components/schemas/{}", self.schema)})
    }

    /// Whether it is on a transport on which viewers can send requests, or on one where they
    /// cannot.
    pub(super) fn goes_over(&self, takes_requests: bool) -> bool {
        // An event stream begins with the confirmation of the subscription.
        takes_requests || self.role == Role::Told || matches!(self.name, "subscribed" | "error")
    }
}

pub(super) struct Messages {
    all: Vec<Message>,
    schemas: BTreeMap<String, RefOr<Schema>>,
}

impl Messages {
    pub(super) fn all() -> Self {
        let mut messages = Self { all: Vec::new(), schemas: BTreeMap::new() };
        messages.add_requests();
        messages.add_identifying();
        messages.add_answers();
        messages.add_told();
        messages
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.all.iter()
    }

    pub(super) fn schemas(&self) -> &BTreeMap<String, RefOr<Schema>> {
        &self.schemas
    }

    fn add_requests(&mut self) {
        let route_id = ROUTE.0;
        self.add(
            "subscribe_route",
            Role::Asked { answer: "subscribed" },
            "Watch a route from now on, or go on behind the last event that was seen",
            &SubscribeRoute { route_id, since: Some(41) },
        );
        self.add(
            "unsubscribe_route",
            Role::Asked { answer: "unsubscribed" },
            "Stop watching a route",
            &UnsubscribeRoute { route_id },
        );
        self.add(
            "get_seat_availability",
            Role::Asked { answer: "seat_availability" },
            "Ask for the seats as they are",
            &GetSeatAvailability {
                route_id,
                from_stop_index: Some(0),
                to_stop_index: Some(2),
                ..GetSeatAvailability::default()
            },
        );
    }

    fn add_identifying(&mut self) {
        self.add(
            "authenticate",
            Role::Asked { answer: "authenticated" },
            "Say who is watching, or say it anew before the token expires",
            &Authenticate { token: "<token>" },
        );
        self.add(
            "authenticated",
            Role::Answer,
            "The token is good until expiresAt",
            &Authenticated { expires_at: Time(AT) },
        );
    }

    fn add_answers(&mut self) {
        self.add(
            "subscribed",
            Role::Answer,
            "The next seat_update is seq + 1",
            &Subscribed::to(ROUTE, 41),
        );
        self.add(
            "unsubscribed",
            Role::Answer,
            "The route is not watched any more",
            &Unsubscribed::from(ROUTE),
        );
        self.add("seat_availability", Role::Answer, "The seats as they are", &availability());
        self.add(
            "error",
            Role::Answer,
            "What was asked cannot be done, or a watched route is gone; the connection goes on",
            &Trouble::route_not_found().about(ROUTE).during("subscribe_route"),
        );
    }

    fn add_told(&mut self) {
        self.add("seat_update", Role::Told, "A seat was taken, paid or freed", &seat_update());
        self.add(
            "seat_snapshot",
            Role::Told,
            "The whole route, in place of missed events that are too many or no longer kept",
            &availability(),
        );
        self.add(
            "route_update",
            Role::Told,
            "The route changed without a sale: ask for the seats again",
            &RouteUpdateBody { route_id: ROUTE.0, seq: 42, change: Word(RouteChange::Delayed) },
        );
        self.add(
            "bus_position",
            Role::Told,
            "Where the bus is",
            &BusPositionBody {
                route_id: ROUTE.0,
                lat: 40.7395,
                lng: 30.0212,
                speed: Some(88.0),
                at: Time(AT),
            },
        );
        self.add(
            "notice",
            Role::Told,
            "An administrator says something to those who watch a route, or to one account",
            &NoticeBody { message: "Boarding at bay 12", route_id: Some(ROUTE.0), at: Time(AT) },
        );
    }

    fn add<T: ToSchema + Serialize>(
        &mut self,
        name: &'static str,
        role: Role,
        summary: &'static str,
        example: &T,
    ) {
        let mut schemas = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut schemas);
        self.schemas.extend(schemas);
        let schema = T::name().into_owned();
        let Ok(example) = serde_json::to_value(example) else {
            unreachable!("an example is an object of texts and numbers")
        };
        self.all.push(Message { name, role, summary, schema, example });
    }
}

fn seat_update() -> SeatUpdateBody<'static> {
    SeatUpdateBody {
        route_id: ROUTE.0,
        seat_number: 15,
        event_type: Word(EventKind::Reserved),
        ticket_id: Some(TICKET),
        pnr_number: Some("VV00A1B2C"),
        from_stop_index: 0,
        to_stop_index: 2,
        seq: 42,
        timestamp: Time(AT),
        metadata: Metadata {
            from_city: "Istanbul",
            to_city: "Ankara",
            price: Money(Kurus::from_lira(150)),
            gender: Some(Word(Gender::Male)),
            reason: Word(Reason::Booked),
        },
    }
}

fn availability() -> SeatAvailability {
    SeatAvailability {
        route_id: ROUTE.0,
        seq: 42,
        seat_count: 4,
        from_stop_index: 0,
        to_stop_index: 2,
        available_seats: vec![1, 2, 4],
        seats: vec![TakenSeatBody::example()],
        offers: vec![Offer { seat_number: 4, offered_to: Word(Gender::Male) }],
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::request::{Request, parse};
    use super::*;

    fn kind(request: &Request) -> &'static str {
        // A new request does not compile until it is described.
        match request {
            Request::Subscribe { .. } => "subscribe_route",
            Request::Unsubscribe { .. } => "unsubscribe_route",
            Request::Availability { .. } => "get_seat_availability",
            Request::Authenticate(_) => "authenticate",
        }
    }

    #[test]
    fn what_is_described_is_what_is_understood() {
        let messages = Messages::all();
        let mut asked = 0;
        for message in messages.iter() {
            let understood = parse(message.name, &message.example);
            match message.role {
                Role::Asked { answer } => {
                    assert_eq!(kind(&understood.unwrap()), message.name);
                    assert!(messages.iter().any(|each| each.name == answer), "{answer}");
                    asked += 1;
                }
                Role::Answer | Role::Told => assert!(understood.is_err(), "{}", message.name),
            }
        }
        assert_eq!(asked, 4);
    }
}

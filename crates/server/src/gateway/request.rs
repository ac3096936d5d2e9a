//! A viewer's request, and the two forms of its answer: the event that belongs to it, or `error`.
//!
//! The same for Socket.IO and the plain WebSocket; only the wrapping differs.

use std::fmt;
use std::sync::{Arc, OnceLock};

use domain::{Refusal, RouteId};
use rooms::Frame;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::Schema;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::error_codes::SocketErrorCode;
use crate::json::json_of;

/// A viewer's request, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Subscribe { route_id: RouteId, since: Option<u64> },
    Unsubscribe { route_id: RouteId },
    Availability { route_id: RouteId, part: Part },
    Authenticate(Token),
}

/// Does not print.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Of which part of the route. An end that is not named is the route's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    Cities { from: Option<String>, to: Option<String> },
    Stops { from: Option<u64>, to: Option<u64> },
}

/// An answer: an event's name and its one argument as JSON.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) event: &'static str,
    pub(crate) data: Arc<str>,
    /// Where its frames are kept, one for each [`Form`], if other viewers get the same answer.
    pub(crate) frames: Option<Arc<[OnceLock<Frame>; 3]>>,
}

/// In which form an answer goes out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    SocketIo,
    Plain,
    ServerSent,
}

/// What `error` carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Error)]
pub(crate) struct Trouble {
    pub(crate) message: String,
    #[schema(schema_with = codes)]
    pub(crate) code: &'static str,
    /// The event of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_id: Option<String>,
}

fn codes() -> Schema {
    let names = SocketErrorCode::ALL.iter().map(|code| code.name());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Answer {
    /// An answer whose data is a short object of strings and numbers.
    pub(crate) fn new(event: &'static str, data: &impl Serialize) -> Self {
        Self { event, data: json_of(data).into(), frames: None }
    }

    /// Its frame in a form that is the same for every viewer; made once if it is shared.
    pub(crate) fn frame(&self, form: Form, make: impl FnOnce() -> Frame) -> Frame {
        match &self.frames {
            Some(frames) => frames[form as usize].get_or_init(make).clone(),
            None => make(),
        }
    }
}

impl From<&Trouble> for Answer {
    fn from(trouble: &Trouble) -> Self {
        Self { event: "error", data: json_of(trouble).into(), frames: None }
    }
}

/// An id that is longer than this is not repeated in an answer.
const ECHO_CHARS_MAX: usize = 64;

impl Trouble {
    pub(crate) fn new(code: &'static SocketErrorCode, message: impl Into<String>) -> Self {
        Self { message: message.into(), code: code.name(), event: None, route_id: None }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(SocketErrorCode::INVALID_PAYLOAD, message)
    }

    pub(crate) fn route_not_found() -> Self {
        Self::new(SocketErrorCode::ROUTE_NOT_FOUND, "Route not found")
    }

    pub(crate) fn too_many_messages() -> Self {
        Self::new(
            SocketErrorCode::RATE_LIMITED,
            "Too many messages on this connection; please send fewer",
        )
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(SocketErrorCode::UNAUTHORIZED, "Unauthorized")
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(
            SocketErrorCode::UNAVAILABLE,
            "The server cannot answer right now; please try again",
        )
    }

    pub(crate) fn about(mut self, route_id: RouteId) -> Self {
        self.route_id = Some(route_id.to_string());
        self
    }

    pub(crate) fn during(mut self, event: &str) -> Self {
        self.event = Some(event.chars().take(ECHO_CHARS_MAX).collect());
        self
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RouteNotFound => Self::route_not_found(),
            other => Self::invalid(other.to_string()),
        }
    }
}

/// Reads an event by its name and its first argument (`null` when there is none).
pub(crate) fn parse(event: &str, data: &Value) -> Result<Request, Trouble> {
    understand(event, data).map_err(|trouble| trouble.during(event))
}

fn understand(event: &str, data: &Value) -> Result<Request, Trouble> {
    match event {
        "subscribe_route" => {
            let route_id = route_id(data)?;
            let since = number(data, "since").map_err(|trouble| trouble.about(route_id))?;
            Ok(Request::Subscribe { route_id, since })
        }
        "unsubscribe_route" => Ok(Request::Unsubscribe { route_id: route_id(data)? }),
        "get_seat_availability" => {
            let route_id = route_id(data)?;
            let part = part(data).map_err(|trouble| trouble.about(route_id))?;
            Ok(Request::Availability { route_id, part })
        }
        "authenticate" => token(data).map(Request::Authenticate),
        _ => Err(Trouble::invalid(
            "Unknown event: send subscribe_route, unsubscribe_route, get_seat_availability or \
             authenticate",
        )),
    }
}

fn route_id(data: &Value) -> Result<RouteId, Trouble> {
    let required = || Trouble::new(SocketErrorCode::ROUTE_ID_REQUIRED, "Route ID is required");
    let object = match data {
        Value::Null => return Err(required()),
        Value::Object(object) => object,
        _ => return Err(Trouble::invalid("The argument must be an object with a routeId")),
    };
    match object.get("routeId") {
        None | Some(Value::Null) => Err(required()),
        Some(Value::String(id)) if id.trim().is_empty() => Err(required()),
        Some(Value::String(id)) => id.trim().parse().map_err(|_| {
            let echo = (id.chars().count() <= ECHO_CHARS_MAX).then(|| id.clone());
            Trouble { route_id: echo, ..Trouble::route_not_found() }
        }),
        Some(_) => Err(Trouble::invalid("routeId must be a string")),
    }
}

/// A token that is not a text is as bad as a forged one, here as in a handshake.
fn token(data: &Value) -> Result<Token, Trouble> {
    if !data.is_object() {
        return Err(Trouble::invalid("The argument must be an object with a token"));
    }
    let token = data.get("token").and_then(Value::as_str).ok_or_else(Trouble::unauthorized)?;
    // Some libraries send the scheme as part of the token.
    Ok(Token(token.strip_prefix("Bearer ").unwrap_or(token).to_owned()))
}

fn number(data: &Value, field: &str) -> Result<Option<u64>, Trouble> {
    match data.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .map(Some)
            .ok_or_else(|| Trouble::invalid(format!("{field} must be a whole number"))),
    }
}

fn part(data: &Value) -> Result<Part, Trouble> {
    let city = |field: &str| match data.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(city)) => Ok(Some(city.clone())),
        Some(_) => Err(Trouble::invalid(format!("{field} must be a string"))),
    };
    let cities = (city("fromCity")?, city("toCity")?);
    let stops = (number(data, "fromStopIndex")?, number(data, "toStopIndex")?);
    match (cities, stops) {
        ((None, None), (None, None)) => Ok(Part::Whole),
        ((None, None), (from, to)) => Ok(Part::Stops { from, to }),
        ((from, to), (None, None)) => Ok(Part::Cities { from, to }),
        _ => Err(Trouble::invalid("give cities or stop indexes, not both")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "0199c0de-0000-7000-8000-000000000001";

    #[test]
    fn requests() {
        let route_id: RouteId = ID.parse().unwrap();
        for (event, data, request) in [
            (
                "subscribe_route",
                json!({"routeId": ID}),
                Request::Subscribe { route_id, since: None },
            ),
            (
                "subscribe_route",
                json!({"routeId": ID, "since": 7, "extra": true}),
                Request::Subscribe { route_id, since: Some(7) },
            ),
            ("unsubscribe_route", json!({"routeId": ID}), Request::Unsubscribe { route_id }),
            (
                "get_seat_availability",
                json!({"routeId": ID, "fromStopIndex": 0, "toStopIndex": 2}),
                Request::Availability {
                    route_id,
                    part: Part::Stops { from: Some(0), to: Some(2) },
                },
            ),
            (
                "get_seat_availability",
                json!({"routeId": ID, "toStopIndex": 2}),
                Request::Availability { route_id, part: Part::Stops { from: None, to: Some(2) } },
            ),
            (
                "get_seat_availability",
                json!({"routeId": ID, "fromCity": "İzmit"}),
                Request::Availability {
                    route_id,
                    part: Part::Cities { from: Some("İzmit".into()), to: None },
                },
            ),
        ] {
            assert_eq!(parse(event, &data), Ok(request), "{event} {data}");
        }
    }

    #[test]
    fn troubles() {
        for (event, data, code) in [
            ("subscribe_route", json!(null), "route_id_required"),
            ("subscribe_route", json!({}), "route_id_required"),
            ("subscribe_route", json!({"routeId": null}), "route_id_required"),
            ("unsubscribe_route", json!({"routeId": "  "}), "route_id_required"),
            ("subscribe_route", json!({"routeId": "nowhere"}), "route_not_found"),
            ("subscribe_route", json!({"routeId": 7}), "invalid_payload"),
            ("subscribe_route", json!("x"), "invalid_payload"),
            ("subscribe_route", json!({"routeId": ID, "since": -1}), "invalid_payload"),
            ("subscribe_route", json!({"routeId": ID, "since": "1"}), "invalid_payload"),
            (
                "get_seat_availability",
                json!({"routeId": ID, "fromStopIndex": 0, "toCity": "Bolu"}),
                "invalid_payload",
            ),
            ("get_seat_availability", json!({"routeId": ID, "toCity": 1}), "invalid_payload"),
            ("authenticate", json!(null), "invalid_payload"),
            ("authenticate", json!({}), "unauthorized"),
            ("authenticate", json!({"token": 7}), "unauthorized"),
            ("make_coffee", json!({}), "invalid_payload"),
        ] {
            let trouble = parse(event, &data).unwrap_err();
            assert_eq!(trouble.code, code, "{event} {data}");
            assert_eq!(trouble.event.as_deref(), Some(event));
        }
    }
}

//! The audit: who did what with what, when and under which request (contract.md, `GET /audit`).
//!
//! Invariant: a row is written in the transaction of the change that it describes, so it exists
//! exactly if the change happened. [`domain::audit`] makes its content; here it gets the actor and
//! the time. Refusals and repeats under a key leave no row. Rows are never changed.

use async_trait::async_trait;
use domain::audit::{Audited, Fields, Value};
use domain::{Actor, BookingId, Role, RouteId, TicketId, UserId};
use jiff::Timestamp;
use serde::ser::{Error as _, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::error::Query;
use crate::{Envelope, Page, Paged, Sender};

/// Stands in place of a personal value, so that the row has its field's name and not the value.
const HIDDEN: &str = "***";

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditActor {
    /// An account, in the role that it had then.
    User(UserId, Role),
    /// A caller without an account, with or without a proof.
    Guest,
    /// The program by itself: an expiry, a sweep, a command line.
    System,
}

impl AuditActor {
    /// The role of an account, or the word for an actor without one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User(_, role) => role.as_str(),
            Self::Guest => "GUEST",
            Self::System => "SYSTEM",
        }
    }

    /// Whose account; none for guests and the program.
    pub const fn user_id(self) -> Option<UserId> {
        match self {
            Self::User(id, _) => Some(id),
            Self::Guest | Self::System => None,
        }
    }

    /// From what [`AuditActor::as_str`] and [`AuditActor::user_id`] returned.
    pub fn parse(text: &str, user_id: Option<UserId>) -> Option<Self> {
        match (text, user_id) {
            ("GUEST", None) => Some(Self::Guest),
            ("SYSTEM", None) => Some(Self::System),
            (role, Some(id)) => Some(Self::User(id, Role::parse(role)?)),
            _ => None,
        }
    }
}

impl From<&Actor> for AuditActor {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::User(account) => Self::User(account.user_id, account.role),
            Actor::Anonymous | Actor::Guest(_) => Self::Guest,
            Actor::System => Self::System,
        }
    }
}

/// A row on its way into the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// When it happened, by the store's clock.
    pub at: Timestamp,
    /// Who did it.
    pub actor: AuditActor,
    /// As it stands in the log and in the answer.
    pub request_id: Option<String>,
    /// What was done with what.
    pub audited: Audited,
}

impl AuditRow {
    /// Actor and time are the envelope's, unless the change has its own time.
    pub fn new(envelope: &Envelope, audited: Audited) -> Self {
        let Sender { actor, behalf, request_id, .. } = &envelope.sender;
        let actor = AuditActor::from(behalf.as_ref().unwrap_or(actor));
        let at = audited.at.unwrap_or(envelope.now);
        Self { at, actor, request_id: request_id.clone(), audited }
    }
}

/// A row as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: AuditActor,
    /// The action's name, as `GET /audit` shows it.
    pub action: String,
    /// What kind of thing it was about: `ticket`, `bus`, …
    pub subject_kind: String,
    /// Which of them; none where a list was read.
    pub subject_id: Option<Uuid>,
    /// The ticket that it concerns.
    pub ticket_id: Option<TicketId>,
    /// The booking that it concerns.
    pub booking_id: Option<BookingId>,
    /// The route that it concerns.
    pub route_id: Option<RouteId>,
    /// As it stands in the log and in the answer.
    pub request_id: Option<String>,
    /// JSON objects.
    pub before: Option<String>,
    /// As [`AuditEntry::before`], how the fields stood afterwards.
    pub after: Option<String>,
}

/// Which rows are asked for.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of this ticket.
    pub ticket_id: Option<TicketId>,
    /// Of this booking.
    pub booking_id: Option<BookingId>,
    /// Of this route.
    pub route_id: Option<RouteId>,
    /// Done by this account.
    pub actor_id: Option<UserId>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

/// Reads the audit.
#[async_trait]
pub trait AuditTrail: Send + Sync + 'static {
    /// Newest first.
    async fn audit(&self, filter: AuditFilter, page: Page) -> Query<Paged<AuditEntry>>;
    /// For each of these bookings its newest rows, at most `limit`, newest first.
    async fn histories(
        &self,
        bookings: Vec<BookingId>,
        limit: usize,
    ) -> Query<Vec<Vec<AuditEntry>>>;
}

/// A JSON object, as it is sent.
pub fn fields_json(fields: &Fields) -> String {
    let Ok(json) = serde_json::to_string(&Object(fields)) else {
        unreachable!("names and digits are JSON, and a text is written into memory")
    };
    json
}

struct Object<'a>(&'a Fields);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, &Json(value))?;
        }
        map.end()
    }
}

struct Json<'a>(&'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Digits in, digits out: no float touches an amount.
        let digits = |digits: String, serializer: S| {
            RawValue::from_string(digits).map_err(S::Error::custom)?.serialize(serializer)
        };
        match self.0 {
            Value::Empty => serializer.serialize_none(),
            Value::Hidden => serializer.serialize_str(HIDDEN),
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::Number(number) => serializer.serialize_i64(*number),
            Value::Digits(text) => digits(text.clone(), serializer),
            Value::Money(amount) => digits(amount.to_string(), serializer),
            Value::Time(time) => serializer.collect_str(&format_args!("{time:.3}")),
            Value::Id(id) => id.serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Numbers(numbers) => numbers.serialize(serializer),
            Value::Texts(texts) => texts.serialize(serializer),
            Value::Ids(ids) => ids.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Kurus;

    use super::*;

    #[test]
    fn fields_are_written_as_the_wire_has_them() {
        let fields = vec![
            ("price", Value::Money(Kurus::from_stored(45_050))),
            ("testLat", Value::Digits("41.5".to_owned())),
            ("expiresAt", Value::Time(Timestamp::UNIX_EPOCH)),
            ("userId", Value::Empty),
            ("passengerName", Value::Hidden),
            ("status", Value::Text("RESERVED".into())),
            ("seatNumbers", Value::Numbers(vec![1, 2])),
            ("isActive", Value::Flag(true)),
        ];
        let json = r#"{"price":450.5,"testLat":41.5,"expiresAt":"1970-01-01T00:00:00.000Z","#
            .to_owned()
            + r#""userId":null,"passengerName":"***","status":"RESERVED","seatNumbers":[1,2],"#
            + r#""isActive":true}"#;
        assert_eq!(fields_json(&fields), json);
    }

    #[test]
    fn an_actor_is_read_as_it_was_written() {
        let id = UserId(Uuid::from_u128(7));
        for actor in [AuditActor::User(id, Role::Agent), AuditActor::Guest, AuditActor::System] {
            assert_eq!(AuditActor::parse(actor.as_str(), actor.user_id()), Some(actor));
        }
        assert_eq!(AuditActor::parse("GUEST", Some(id)), None);
        assert_eq!(AuditActor::parse("AGENT", None), None);
    }
}

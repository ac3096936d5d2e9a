//! Money, times and the names of choices, in JSON.

use std::borrow::Cow;

use domain::BookingStatus;
use domain::event::EventKind;
use domain::station::StationKind;
use domain::ticket::{Gender, PaymentStatus, TicketStatus};
use domain::{
    CellKind, Kurus, LayoutType, NeighbourRule, Origin, Reason, Role, RouteChange, RouteKind,
    TakenSeat,
};
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::audience::Audience;
use crate::gateway::Transport;

const KURUS_PER_LIRA: i64 = 100;

/// TRY as a JSON number with at most two decimals; read and written as digits, never as a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Money(pub(crate) Kurus);

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Whole TRY, as most fares are, need only digits.
        let (kurus, lira) = (self.0.get(), self.0.get() / KURUS_PER_LIRA);
        if lira * KURUS_PER_LIRA == kurus {
            return serializer.serialize_i64(lira);
        }
        let digits =
            RawValue::from_string(self.0.to_string()).map_err(serde::ser::Error::custom)?;
        digits.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = <&RawValue>::deserialize(deserializer)?;
        digits.get().parse().map(Self).map_err(D::Error::custom)
    }
}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(0))
            .multiple_of(Some(0.01))
            .description(Some("TRY"))
            .into()
    }
}

impl ToSchema for Money {}

/// RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Timestamp);

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The years that a timetable may contain: inside these, arithmetic cannot overflow.
const YEARS: std::ops::Range<&str> = "2000-01-01T00:00:00Z".."2200-01-01T00:00:00Z";

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_time(&text).map(Self).ok_or_else(|| {
            D::Error::custom("must be an RFC 3339 time such as 2025-10-14T10:30:00.000Z")
        })
    }
}

fn parse_time(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok()?;
    let years = YEARS.start.parse().ok()?..YEARS.end.parse().ok()?;
    // Cut to the precision that is stored and shown.
    years.contains(&time).then(|| Timestamp::from_millisecond(time.as_millisecond()).ok())?
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl ToSchema for Time {}

/// An enumeration of the domain whose words the contract defines.
pub(crate) trait Choice: Copy + 'static {
    const NAME: &'static str;
    fn all() -> &'static [Self];
    fn word(self) -> &'static str;
}

macro_rules! choice {
    ($($name:ident),*) => {
        $(impl Choice for $name {
            const NAME: &'static str = stringify!($name);

            fn all() -> &'static [Self] {
                &Self::ALL
            }

            fn word(self) -> &'static str {
                self.as_str()
            }
        })*
    };
}

/// How a taken seat is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeatStatus {
    Reserved,
    Confirmed,
    /// Only for staff: others see a blocked seat as a sold one.
    Blocked,
}

impl SeatStatus {
    const ALL: [Self; 3] = [Self::Reserved, Self::Confirmed, Self::Blocked];

    pub(super) fn of(taken: &TakenSeat, audience: Audience) -> Self {
        match taken.status {
            _ if taken.is_blocked && audience == Audience::Staff => Self::Blocked,
            TicketStatus::Reserved => Self::Reserved,
            _ => Self::Confirmed,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "RESERVED",
            Self::Confirmed => "CONFIRMED",
            Self::Blocked => "BLOCKED",
        }
    }
}

choice!(
    BookingStatus,
    CellKind,
    EventKind,
    Gender,
    LayoutType,
    NeighbourRule,
    Origin,
    PaymentStatus,
    Reason,
    Role,
    RouteChange,
    RouteKind,
    SeatStatus,
    StationKind,
    TicketStatus,
    Transport
);

/// A [`Choice`] as its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<T>(pub(crate) T);

impl<T: Choice> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

impl<'de, T: Choice> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::all().iter().find(|choice| choice.word() == text).map(|choice| Self(*choice)).ok_or_else(
            || {
                let words: Vec<_> = T::all().iter().map(|choice| choice.word()).collect();
                D::Error::custom(format!("must be one of {}", words.join(", ")))
            },
        )
    }
}

impl<T: Choice> PartialSchema for Word<T> {
    fn schema() -> RefOr<Schema> {
        let words = T::all().iter().map(|choice| choice.word());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
    }
}

impl<T: Choice> ToSchema for Word<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }
}

// Names without type arguments: the schema generator does not resolve those.
pub(crate) type CellKindWord = Word<CellKind>;
pub(crate) type BookingStatusWord = Word<BookingStatus>;
pub(crate) type EventKindWord = Word<EventKind>;
pub(crate) type GenderWord = Word<Gender>;
pub(crate) type LayoutTypeWord = Word<LayoutType>;
pub(crate) type NeighbourRuleWord = Word<NeighbourRule>;
pub(crate) type OriginWord = Word<Origin>;
pub(crate) type PaymentStatusWord = Word<PaymentStatus>;
pub(crate) type ReasonWord = Word<Reason>;
pub(crate) type RoleWord = Word<Role>;
pub(crate) type RouteChangeWord = Word<RouteChange>;
pub(crate) type RouteKindWord = Word<RouteKind>;
pub(crate) type SeatStatusWord = Word<SeatStatus>;
pub(crate) type StationKindWord = Word<StationKind>;
pub(crate) type TicketStatusWord = Word<TicketStatus>;
pub(crate) type TransportWord = Word<Transport>;

/// For `PATCH`: `null` removes a value, an absent field leaves it unchanged.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// For `PATCH`: a field that must not be empty is given or absent, and `null` is refused.
pub(crate) fn given<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// For `PATCH`: `null` removes all of it, as an empty list or object does.
pub(crate) fn given_or_emptied<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(|value| Some(value.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds() {
        let time = Time("2025-10-14T10:30:00Z".parse().unwrap());
        assert_eq!(serde_json::to_string(&time).unwrap(), r#""2025-10-14T10:30:00.000Z""#);
        let read: Time = serde_json::from_str(r#""2025-10-14T13:30:00.1239+03:00""#).unwrap();
        assert_eq!(read.to_string(), "2025-10-14T10:30:00.123Z");
        for wrong in [r#""2025-10-14""#, r#""9999-12-31T00:00:00Z""#, r#""soon""#, "1"] {
            assert!(serde_json::from_str::<Time>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn money_is_digits() {
        let read: Money = serde_json::from_str("150.50").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "150.5");
        for digits in ["0", "450", "449.99", "0.05", "10000000"] {
            let money: Money = serde_json::from_str(digits).unwrap();
            assert_eq!(serde_json::to_string(&money).unwrap(), digits);
        }
        for wrong in ["1e2", "-1", "1.005", "\"150\"", "null", "0.1000001"] {
            assert!(serde_json::from_str::<Money>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn words() {
        let read: Word<Gender> = serde_json::from_str(r#""FEMALE""#).unwrap();
        assert_eq!(read.0, Gender::Female);
        let error = serde_json::from_str::<Word<Gender>>(r#""female""#).unwrap_err().to_string();
        assert!(error.contains("must be one of MALE, FEMALE, OTHER"), "{error}");
    }
}

//! What the audit says of a change (contract.md, `GET /audit`): what was done with what, and what of it
//! is different.
//!
//! Invariant: it follows from a thing before and after, and no command says it a second time. Of what is
//! personal (names, numbers, addresses, words that people typed) a row has the field and never the value.
//! Each thing is described by all of its fields by name, so that a new field does not compile until it
//! was said whether it is personal.

mod catalogue;
mod inventory;
mod people;
mod reading;
mod viewers;

use std::borrow::Cow;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    BlockId, BookingId, BusId, FeatureId, HoldId, Kurus, LayoutId, RouteId, StationId, TicketId,
    UserId,
};

pub use catalogue::{of_bus, of_bus_token, of_feature, of_layout, of_route, of_station};
pub use inventory::{Terms, of_applied, of_block, of_booking, of_hold, of_ticket};
pub use people::{
    of_deleted_user, of_password, of_recovery_code, of_revoked_tokens, of_second_factor, of_user,
    of_verified_email,
};
pub use reading::Shown;
pub use viewers::of_viewer_order;

/// Tickets or accounts that one row names at the most: no list shows more at once.
pub const SHOWN_MAX: usize = 200;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

actions! {
    Created => "created",
    Changed => "changed",
    Deleted => "deleted",
    Booked => "booked",
    Sold => "sold",
    Paid => "paid",
    Confirmed => "confirmed",
    Moved => "moved",
    Suspended => "suspended",
    Cancelled => "cancelled",
    /// Cancelled, and what was paid for it goes back.
    Refunded => "refunded",
    Expired => "expired",
    Held => "held",
    Extended => "extended",
    Released => "released",
    Blocked => "blocked",
    Lifted => "lifted",
    Delayed => "delayed",
    Disabled => "disabled",
    Enabled => "enabled",
    PasswordChanged => "password_changed",
    TokenGiven => "token_given",
    TokenRevoked => "token_revoked",
    EmailVerified => "email_verified",
    TotpEnabled => "totp_enabled",
    TotpDisabled => "totp_disabled",
    /// In place of a code of the telephone.
    RecoveryCodeUsed => "recovery_code_used",
    /// The viewers of an account or a route were ended.
    Disconnected => "disconnected",
    /// They were told something.
    Notified => "notified",
    /// Staff have seen personal data outside their own sales.
    Read => "read",
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Ticket(TicketId),
    /// Several, which the row names.
    Tickets,
    Booking(BookingId),
    Hold(HoldId),
    Block(BlockId),
    Route(RouteId),
    Bus(BusId),
    SeatLayout(LayoutId),
    BusFeature(FeatureId),
    Station(StationId),
    User(UserId),
    /// Several, which the row names.
    Users,
}

impl Subject {
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Ticket(_) => "TICKET",
            Self::Tickets => "TICKETS",
            Self::Booking(_) => "BOOKING",
            Self::Hold(_) => "HOLD",
            Self::Block(_) => "BLOCK",
            Self::Route(_) => "ROUTE",
            Self::Bus(_) => "BUS",
            Self::SeatLayout(_) => "SEAT_LAYOUT",
            Self::BusFeature(_) => "BUS_FEATURE",
            Self::Station(_) => "STATION",
            Self::User(_) => "USER",
            Self::Users => "USERS",
        }
    }

    pub const fn id(self) -> Option<Uuid> {
        Some(match self {
            Self::Tickets | Self::Users => return None,
            Self::Ticket(id) => id.0,
            Self::Booking(id) => id.0,
            Self::Hold(id) => id.0,
            Self::Block(id) => id.0,
            Self::Route(id) => id.0,
            Self::Bus(id) => id.0,
            Self::SeatLayout(id) => id.0,
            Self::BusFeature(id) => id.0,
            Self::Station(id) => id.0,
            Self::User(id) => id.0,
        })
    }
}

/// A value as a row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// There is none.
    Empty,
    /// There is one, which is personal.
    Hidden,
    Flag(bool),
    Number(i64),
    /// A number with a fraction, as its digits.
    Digits(String),
    Money(Kurus),
    Time(Timestamp),
    Id(Uuid),
    Text(Cow<'static, str>),
    Numbers(Vec<u16>),
    Texts(Vec<String>),
    Ids(Vec<Uuid>),
}

pub type Fields = Vec<(&'static str, Value)>;

/// One row, but for who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// When, as the thing itself tells it: its rows stand in the order of its versions, whatever the
    /// clocks of those who asked said. `None` where nothing is left that has a version.
    pub at: Option<Timestamp>,
    pub action: Action,
    pub subject: Subject,
    pub ticket_id: Option<TicketId>,
    pub booking_id: Option<BookingId>,
    pub route_id: Option<RouteId>,
    /// Of what has changed, how it was; `None` of what is new.
    pub before: Option<Fields>,
    /// How it is; `None` of what is gone.
    pub after: Option<Fields>,
}

impl Audited {
    fn about(subject: Subject, difference: Difference) -> Self {
        let Difference { at, action, before, after } = difference;
        let alone = Self {
            at,
            action,
            subject,
            ticket_id: None,
            booking_id: None,
            route_id: None,
            before,
            after,
        };
        match subject {
            Subject::Booking(id) => Self { booking_id: Some(id), ..alone },
            Subject::Route(id) => Self { route_id: Some(id), ..alone },
            Subject::Ticket(id) => Self { ticket_id: Some(id), ..alone },
            _ => alone,
        }
    }
}

/// The version of a thing: which one it was stands in `before`, which one it is in the row's time.
const UPDATED_AT: &str = "updatedAt";

struct Difference {
    at: Option<Timestamp>,
    action: Action,
    before: Option<Fields>,
    after: Option<Fields>,
}

impl Difference {
    /// Nothing of the thing itself has changed.
    fn none(action: Action) -> Self {
        Self { at: None, action, before: None, after: None }
    }
}

/// One field of a thing, as it really is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Field<'a> {
    Plain(Value),
    Personal(Option<&'a str>),
    Version(Timestamp),
}

type Described<'a> = Vec<(&'static str, Field<'a>)>;

fn plain(value: impl Into<Value>) -> Field<'static> {
    Field::Plain(value.into())
}

fn personal<'a>(value: impl Into<Option<&'a str>>) -> Field<'a> {
    Field::Personal(value.into())
}

/// All that there is of what is new or gone; of what stays, what is different.
fn difference(
    action: Action,
    before: Option<Described<'_>>,
    after: Option<Described<'_>>,
) -> Difference {
    let is_kept = |at: usize, field: &Field<'_>, other: Option<&Described<'_>>| match other {
        Some(other) => other[at].1 != *field,
        None => !matches!(field, Field::Plain(Value::Empty) | Field::Personal(None)),
    };
    let told = |of: Option<&Described<'_>>, other: Option<&Described<'_>>| -> Option<Fields> {
        let fields = of?.iter().enumerate();
        let kept = fields.filter(|(at, (_, field))| is_kept(*at, field, other));
        Some(kept.map(|(_, (name, field))| (*name, field.told())).collect())
    };
    let (told_before, mut told_after) =
        (told(before.as_ref(), after.as_ref()), told(after.as_ref(), before.as_ref()));
    if let Some(fields) = &mut told_after {
        fields.retain(|(name, _)| *name != UPDATED_AT);
    }
    let version = after.iter().flatten().find_map(|(_, field)| match field {
        Field::Version(at) => Some(*at),
        Field::Plain(_) | Field::Personal(_) => None,
    });
    Difference { at: version, action, before: told_before, after: told_after }
}

fn made_changed_or_gone<T>(before: Option<&T>, after: Option<&T>) -> Action {
    match (before, after) {
        (None, _) => Action::Created,
        (Some(_), Some(_)) => Action::Changed,
        (Some(_), None) => Action::Deleted,
    }
}

impl Field<'_> {
    fn told(&self) -> Value {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Personal(None) => Value::Empty,
            Self::Personal(Some(_)) => Value::Hidden,
            Self::Version(at) => Value::Time(*at),
        }
    }
}

macro_rules! values {
    ($($of:ty: $value:ident => $made:expr;)*) => {
        $(impl From<$of> for Value {
            fn from($value: $of) -> Self {
                $made
            }
        })*
    };
}

values! {
    bool: flag => Self::Flag(flag);
    u8: number => Self::Number(number.into());
    u16: number => Self::Number(number.into());
    Kurus: amount => Self::Money(amount);
    Timestamp: time => Self::Time(time);
    Uuid: id => Self::Id(id);
    &'static str: text => Self::Text(text.into());
    String: text => Self::Text(text.into());
    Vec<u16>: numbers => Self::Numbers(numbers);
    Vec<String>: texts => Self::Texts(texts);
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

#[cfg(test)]
mod tests;

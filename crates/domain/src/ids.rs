//! The names of things: one newtype per kind, so that a ticket's id is never passed for a route's.
//!
//! All are UUIDs (v7 where we make them). They are made outside this crate and passed in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// A person who can log in.
    UserId
);
id!(
    /// A bus, also when its plate changes.
    BusId
);
id!(
    /// One dated departure of one bus.
    RouteId
);
id!(
    /// What was booked together, under one code.
    BookingId
);
id!(
    /// One passenger's claim to a segment of a route.
    TicketId
);
id!(
    /// One attempt to take money for tickets of a booking.
    PaymentId
);
id!(
    /// Seats that are held for a few minutes while names are typed.
    HoldId
);
id!(
    /// Seats that staff have taken out of sale.
    BlockId
);
id!(
    /// A city, terminal or rest facility.
    StationId
);
id!(
    /// Something that buses offer.
    FeatureId
);
id!(
    /// A named layout that buses may use.
    LayoutId
);

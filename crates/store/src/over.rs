//! Departures that are over, so that their passengers can be forgotten.

use domain::{BookingId, RouteId};
use jiff::Timestamp;

/// Departures that one question looks at.
pub const OVER_ROUTES_AT_ONCE: u64 = 20;

/// Where a question goes on: behind the departure of this route.
pub type BehindRoute = (Timestamp, RouteId);

/// Some departures, in the order in which they left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Over {
    /// Bookings on them that name a person, each once.
    pub bookings: Vec<BookingId>,
    /// The last of them; `None`: there were none.
    pub last: Option<BehindRoute>,
}

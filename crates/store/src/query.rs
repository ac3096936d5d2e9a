//! What can be asked of a store. Every filter field that is `None` lets everything through.

use domain::calendar::TimeRange;
use domain::passenger::{IdentityNumber, Phone};
use domain::ticket::{Gender, PaymentStatus, TicketStatus};
use domain::{BusId, CityKey, LayoutType, Pnr, Role, RouteId, RouteKind, UserId};

/// A piece of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub offset: u64,
    pub limit: u64,
}

/// A piece of a list, and how long the list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    pub items: Vec<T>,
    pub total: u64,
}

impl<T> Paged<T> {
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(f).collect(), total: self.total }
    }
}

#[derive(Clone, Debug, Default)]
pub struct TicketFilter {
    pub status: Option<TicketStatus>,
    pub payment_status: Option<PaymentStatus>,
    pub route_id: Option<RouteId>,
    pub user_id: Option<UserId>,
    pub issued_by_id: Option<UserId>,
    pub pnr: Option<Pnr>,
    pub phone: Option<Phone>,
    pub identity_number: Option<IdentityNumber>,
    pub gender: Option<Gender>,
    pub from_city: Option<CityKey>,
    pub to_city: Option<CityKey>,
    /// By the departure of the ticket's segment.
    pub departs: Option<TimeRange>,
}

#[derive(Clone, Debug, Default)]
pub struct RouteFilter {
    pub is_active: Option<bool>,
    pub kind: Option<RouteKind>,
    pub bus_id: Option<BusId>,
    /// By the departure at the first stop.
    pub departs: Option<TimeRange>,
    /// Any stop of that name, `from` before `to`.
    pub from_city: Option<CityKey>,
    pub to_city: Option<CityKey>,
}

/// Departures that one search looks at: no pair of cities has more on one day.
pub const SEARCH_ROUTES_MAX: u64 = 500;

#[derive(Clone, Debug)]
pub struct SegmentSearch {
    pub from_city: CityKey,
    pub to_city: CityKey,
    /// By the departure at the segment's first stop.
    pub departs: TimeRange,
    pub is_active: Option<bool>,
    pub kind: Option<RouteKind>,
    pub bus_id: Option<BusId>,
}

#[derive(Clone, Debug, Default)]
pub struct BusFilter {
    /// Compared without regard to case.
    pub brand: Option<String>,
    pub layout_type: Option<LayoutType>,
}

#[derive(Clone, Debug, Default)]
pub struct StationFilter {
    /// Part of the name, compared as cities are.
    pub name_contains: Option<String>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct UserFilter {
    pub role: Option<Role>,
    pub is_disabled: Option<bool>,
    pub is_demo: Option<bool>,
}

/// What can be changed of an account.
#[derive(Clone, PartialEq, Eq)]
pub enum AccountChange {
    Disable,
    Enable,
    /// The account also ceases to be the demo's: its password is no longer public.
    Password {
        hash: String,
    },
}

/// Without the hash.
impl std::fmt::Debug for AccountChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Disable => "Disable",
            Self::Enable => "Enable",
            Self::Password { .. } => "Password",
        })
    }
}

/// Under what a viewer's session is kept: a hash of the secret that its client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub [u8; 32]);

/// Two ends that people travel between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopularPair {
    pub from_city: String,
    pub to_city: String,
    /// Tickets ever sold on it, whatever became of them.
    pub ticket_count: u64,
}

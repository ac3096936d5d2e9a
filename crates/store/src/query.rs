//! What can be asked of a store. Every filter field that is `None` lets everything through.

use domain::calendar::TimeRange;
use domain::part::Part;
use domain::passenger::{IdentityNumber, Phone};
use domain::ticket::{Gender, PaymentStatus, TicketStatus};
use domain::{
    BusId, CityKey, FamilyId, Kurus, LayoutType, Ordinal, Pnr, Role, RouteId, RouteKind, Seq,
    TokenGeneration, TokenId, UserId,
};
use jiff::Timestamp;

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many are skipped.
    pub offset: u64,
    /// How many are returned at most.
    pub limit: u64,
}

impl Page {
    /// The page of what was found by looking at rows one by one; `is_limited`: not at all of them.
    pub fn of_looked_at<T>(self, found: Vec<T>, is_limited: bool) -> Paged<T> {
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let total = found.len() as u64;
        debug_assert!(total <= COUNTED_MAX, "so many are not looked at");
        let items = found.into_iter().skip(size(self.offset)).take(size(self.limit)).collect();
        Paged { items, total, is_limited }
    }
}

/// How far a list is counted (contract.md, "Conventions"): to count further would cost more, the
/// more is stored.
pub const COUNTED_MAX: u64 = 10_000;

/// A piece of a list, and how long the list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    /// The piece.
    pub items: Vec<T>,
    /// How many there are, as far as they were counted.
    pub total: u64,
    /// There may be more than `total`: the list is longer than [`COUNTED_MAX`], or a search has
    /// looked at as many rows as it may.
    pub is_limited: bool,
}

impl<T> Paged<T> {
    /// A list that was counted up to one more than [`COUNTED_MAX`].
    pub fn counted(items: Vec<T>, counted: u64) -> Self {
        Self { items, total: counted.min(COUNTED_MAX), is_limited: counted > COUNTED_MAX }
    }

    /// All of a list.
    pub fn whole(items: Vec<T>) -> Self {
        Self { total: items.len() as u64, items, is_limited: false }
    }

    /// One page of a list of which all is here.
    pub fn cut(mut self, page: Page) -> Self {
        let cut = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        self.items = self.items.into_iter().skip(cut(page.offset)).take(cut(page.limit)).collect();
        self
    }

    /// The same, if rows that nobody looked at may belong to it too.
    pub fn limited_if(self, is_cut: bool) -> Self {
        Self { is_limited: self.is_limited || is_cut, ..self }
    }

    /// Whether there are more behind this piece, which was asked for as `page`.
    pub fn goes_on_behind(&self, page: Page) -> bool {
        self.is_limited || self.total > page.offset + page.limit
    }

    /// The same piece, each of its items made into something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Paged<U> {
        let Self { items, total, is_limited } = self;
        Paged { items: items.into_iter().map(f).collect(), total, is_limited }
    }
}

/// Which tickets are asked for.
#[derive(Clone, Debug, Default)]
pub struct TicketFilter {
    /// With this status.
    pub status: Option<TicketStatus>,
    /// With this payment status.
    pub payment_status: Option<PaymentStatus>,
    /// Of this route.
    pub route_id: Option<RouteId>,
    /// Of this account.
    pub user_id: Option<UserId>,
    /// Sold by this account.
    pub issued_by_id: Option<UserId>,
    /// With this code.
    pub pnr: Option<Pnr>,
    /// Somewhere in the code.
    pub pnr_part: Option<Part>,
    /// With this number.
    pub phone: Option<Phone>,
    /// Somewhere in the number.
    pub phone_part: Option<Part>,
    /// With this number.
    pub identity_number: Option<IdentityNumber>,
    /// Of this gender.
    pub gender: Option<Gender>,
    /// From this city.
    pub from_city: Option<CityKey>,
    /// To this city.
    pub to_city: Option<CityKey>,
    /// By the departure of the ticket's segment.
    pub departs: Option<TimeRange>,
}

/// Which routes are asked for.
#[derive(Clone, Debug, Default)]
pub struct RouteFilter {
    /// On sale, or not.
    pub is_active: Option<bool>,
    /// Of this kind.
    pub kind: Option<RouteKind>,
    /// With this bus.
    pub bus_id: Option<BusId>,
    /// By the departure at the first stop.
    pub departs: Option<TimeRange>,
}

/// What a traveller asks for. An end that is not named is the route's own.
#[derive(Clone, Debug)]
pub struct SegmentSearch {
    /// From this city.
    pub from_city: Option<CityKey>,
    /// To this city.
    pub to_city: Option<CityKey>,
    /// By the departure at the segment's first stop.
    pub departs: TimeRange,
    /// On sale, or not.
    pub is_active: Option<bool>,
    /// Of this kind.
    pub kind: Option<RouteKind>,
    /// With this bus.
    pub bus_id: Option<BusId>,
    /// By the segment's price, both ends included.
    pub min_price: Option<Kurus>,
    /// As [`SegmentSearch::min_price`], the other end.
    pub max_price: Option<Kurus>,
}

/// Which departures are asked for by who waits for a bus, sold or not. An end that is not named is
/// the route's own.
#[derive(Clone, Debug)]
pub struct TripSearch {
    /// From this city.
    pub from_city: Option<CityKey>,
    /// To this city, after it.
    pub to_city: Option<CityKey>,
    /// By the time at the first of the two.
    pub departs: TimeRange,
}

/// Departures from one city (or of any route) that are looked at for another one behind it.
pub const TRIPS_LOOKED_AT_MAX: u64 = 5_000;

/// Which buses are asked for.
#[derive(Clone, Debug, Default)]
pub struct BusFilter {
    /// Compared without regard to case.
    pub brand: Option<String>,
    /// With such a layout.
    pub layout_type: Option<LayoutType>,
}

/// The most stations, by name, that a search by a part of the name reads.
pub const STATIONS_LOOKED_AT_MAX: usize = 10_000;

/// Which stations are asked for.
#[derive(Clone, Debug, Default)]
pub struct StationFilter {
    /// Part of the name, compared as cities are.
    pub name_contains: Option<String>,
}

/// Accounts that a search by words looks at: if more begin with a word, the others are left out.
pub const ACCOUNTS_LOOKED_AT_MAX: usize = 2_000;

/// Which accounts are asked for.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// What the e-mail address, the first, the last or the whole name begins with, in the spelling
    /// of [`CityKey`].
    pub begins_with: Option<CityKey>,
    /// With this role.
    pub role: Option<Role>,
    /// Disabled, or not.
    pub is_disabled: Option<bool>,
    /// Made for the demo, or not.
    pub is_demo: Option<bool>,
}

/// Tokens of one account that were ended one by one and have not expired: one more ends all of
/// them.
pub const REVOKED_TOKENS_MAX: usize = 1_000;

/// What can be changed of an account.
#[derive(Clone, PartialEq, Eq)]
pub enum AccountChange {
    /// Changes each field that is set. A disabled account keeps the time at which it was disabled.
    /// The role of a provider's account is not changed so.
    Edit {
        /// The new role.
        role: Option<Role>,
        /// Whether the account cannot log in.
        is_disabled: Option<bool>,
    },
    /// What the newest token of a provider's account says. Other accounts are not found.
    RoleByProvider(Role),
    /// The account is also no longer the demo's: its password is not public any more. All its
    /// tokens end, except the one that is `spared`. If all tokens or this one were ended meanwhile,
    /// or the account was disabled, it is not found: whoever did so has the last word.
    Password {
        /// What the new password is compared with.
        hash: String,
        /// The token of the caller that changed the password, and the generation of tokens in which
        /// it proved the old one; it stays good.
        spared: Option<(TokenId, TokenGeneration)>,
    },
    /// This one token ends before its time, and so does its login.
    RevokeToken {
        /// Which token.
        id: TokenId,
        /// When it would have ended by itself: until then it has to be known.
        expires_at: Timestamp,
        /// The family of its login, if it has one.
        family: Option<FamilyId>,
    },
    /// All tokens of the account end. Not of a provider's account: the provider ends its tokens.
    RevokeAll,
    /// The account is deleted: no query finds it any more, its tokens end, and its e-mail address
    /// is free. What it has bought, sold and done keeps its name.
    Delete,
    /// The same, also for one that was deleted before, and its names are erased too.
    Erase,
}

impl AccountChange {
    /// No one can log in with it any more; the row stays.
    pub const DISABLE: Self = Self::Edit { role: None, is_disabled: Some(true) };
    /// Takes [`AccountChange::DISABLE`] back.
    pub const ENABLE: Self = Self::Edit { role: None, is_disabled: Some(false) };
}

/// Without the hash.
impl std::fmt::Debug for AccountChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Edit { .. } => "Edit",
            Self::RoleByProvider(_) => "RoleByProvider",
            Self::Password { .. } => "Password",
            Self::RevokeToken { .. } => "RevokeToken",
            Self::RevokeAll => "RevokeAll",
            Self::Delete => "Delete",
            Self::Erase => "Erase",
        })
    }
}

/// How a place among a route's events is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceBy {
    /// Behind the newest event at or before this position in the order of commits.
    Position(u64),
    /// Behind this event.
    Ordinal(Ordinal),
    /// Directly after the seat event with this number: before the route's changes that follow it.
    Seq(Seq),
}

/// The key of a viewer's session: a hash of the secret that its client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub [u8; 32]);

/// Two ends that people travel between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopularPair {
    /// Where they get on.
    pub from_city: String,
    /// Where they get off.
    pub to_city: String,
    /// Live ones: a ticket that was cancelled or suspended does not count.
    pub ticket_count: u64,
}

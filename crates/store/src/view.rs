//! What a store shows: the domain's things together with what belongs to them.

use std::sync::Arc;

use domain::ticket::{PaymentStatus, TicketStatus};
use domain::{
    Booking, Bus, Kurus, Payment, Route, RouteId, RouteKind, Segment, Share, Ticket,
    TokenGeneration, TokenId, User, UserId,
};
use jiff::Timestamp;

/// A route and the bus that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteView {
    /// The route.
    pub route: Route,
    /// Its bus, shared with the other routes of a list.
    pub bus: Arc<Bus>,
}

/// The part of an account that a ticket shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserBrief {
    /// Whose.
    pub id: UserId,
    /// As it was registered.
    pub email: String,
    /// The given name.
    pub first_name: String,
    /// The family name.
    pub last_name: String,
}

/// A ticket with all that is shown with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketView {
    /// The ticket.
    pub ticket: Ticket,
    /// Its route.
    pub route: RouteView,
    /// Whose account it is on; none for a guest's.
    pub user: Option<UserBrief>,
    /// Which member of staff sold it.
    pub issued_by: Option<UserBrief>,
}

/// A route with the segment that a traveller asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentHit {
    /// The route.
    pub view: RouteView,
    /// The part that was asked for.
    pub segment: Segment,
    /// Of the segment.
    pub price: Kurus,
    /// Seats that are free on all of its legs.
    pub free_seats: u16,
}

/// A user and the hash that their password is compared with.
#[derive(Clone)]
pub struct Credentials {
    /// The account.
    pub user: User,
    /// As argon2 writes it.
    pub password_hash: String,
    /// Of the tokens that are given out now.
    pub generation: TokenGeneration,
}

/// An account, and which of its tokens are still good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// The account.
    pub user: User,
    /// Tokens of an earlier one have ended,
    pub generation: TokenGeneration,
    /// but for this one.
    pub spared: Option<TokenId>,
    /// Those that have ended though they are of this generation.
    pub revoked: Vec<TokenId>,
}

impl AccountState {
    /// Whether this token has not been ended.
    pub fn takes(&self, generation: TokenGeneration, id: TokenId) -> bool {
        (generation == self.generation || self.spared == Some(id)) && !self.revoked.contains(&id)
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user.id).finish_non_exhaustive()
    }
}

/// A booking with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingView {
    /// The booking.
    pub booking: Booking,
    /// In the order in which they were booked.
    pub tickets: Vec<TicketView>,
    /// Oldest first.
    pub payments: Vec<Payment>,
}

/// The part of a payment that was for one ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidShare {
    /// How much, and for which ticket.
    pub share: Share,
    /// When it was captured; none until then.
    pub paid_at: Option<Timestamp>,
    /// The ticket, as it stands now.
    pub ticket: TicketView,
}

/// Tickets and money of one state of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentTotals {
    /// How many tickets.
    pub count: u64,
    /// The sum of those tickets' prices.
    pub revenue: Kurus,
}

/// What is held at this moment, and not paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveHolds {
    /// Tickets that are reserved.
    pub reservations: u64,
    /// Holds of seats while names are typed.
    pub seat_holds: u64,
}

/// Payments whose end is not known yet, among the oldest [`COUNTED_MAX`](crate::COUNTED_MAX) of
/// them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnfinishedPayments {
    /// Charges that the provider has not answered.
    pub started: u64,
    /// Payments of which some money is still owed back.
    pub refunding: u64,
    /// When the oldest charge without an answer was begun.
    pub oldest_started: Option<Timestamp>,
}

/// Figures over all tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketStats {
    /// How many there are.
    pub total: u64,
    /// Those that there are of each.
    pub by_status: Vec<(TicketStatus, u64)>,
    /// Those that there are of each, with their prices.
    pub by_payment_status: Vec<(PaymentStatus, PaymentTotals)>,
    /// What ran out unpaid.
    pub holds_expired: HoldsExpired,
}

/// Accounts shown among those who let the most holds run out.
pub const EXPIRED_HOLDS_MAX: usize = 20;

/// Seats that were reserved or held and ran out unpaid. One that a late payment won back does not
/// count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoldsExpired {
    /// Since the beginning.
    pub total: u64,
    /// On buses that had not arrived when the last hold ran out: the most first, up to
    /// [`EXPIRED_HOLDS_MAX`].
    pub by_customer: Vec<ExpiredHolds>,
}

/// Of one account on one departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiredHolds {
    /// Whose.
    pub user_id: UserId,
    /// Of which route.
    pub route_id: RouteId,
    /// How many holds ran out.
    pub count: u64,
}

/// Figures over all routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteStats {
    /// How many there are.
    pub total: u64,
    /// On sale.
    pub active: u64,
    /// Active and not departed yet.
    pub upcoming: u64,
    /// How many there are of each.
    pub by_kind: Vec<(RouteKind, u64)>,
}

/// Figures over all buses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusStats {
    /// How many there are.
    pub total: u64,
    /// The seats of all of them.
    pub seats_total: u64,
    /// Buses without a brand are left out.
    pub by_brand: Vec<(String, u64)>,
    /// How many have each.
    pub by_layout_type: Vec<(domain::LayoutType, u64)>,
}

impl UserBrief {
    /// What is shown of this account.
    pub fn of(user: &User) -> Self {
        Self {
            id: user.id,
            email: user.email.clone(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
        }
    }
}

//! The port through which the seat inventory is kept.
//!
//! A driver (SQLite, PostgreSQL) implements [`Store`]: a few coarse commands, each one transaction,
//! some queries, and the [`CommittedStream`]. No transaction object crosses an `await`. Whatever a
//! driver promises stands here; the suite behind the feature `contract` holds every driver to it.
//!
//! This crate knows no driver, no HTTP and no socket.

mod committed;
#[cfg(feature = "contract")]
pub mod contract;
mod envelope;
mod error;
mod query;
mod view;
mod working_set;

use async_trait::async_trait;
use domain::{
    Bus, BusDetails, BusId, BusPatch, Ordinal, Payment, PaymentId, Pnr, RouteEvent, RouteId,
    RoutePatch, RoutePlace, RoutePlan, Station, StationId, TicketId, User, UserId,
};
use jiff::Timestamp;

pub use committed::{
    COMMITTED_BATCHES_MAX, CommittedFeed, CommittedStream, Newest, committed_stream,
};
pub use envelope::{Answer, Envelope};
pub use error::{CommandError, Outage, StoreError};
pub use query::{
    AccountChange, BusFilter, COUNTED_MAX, Page, Paged, PlaceBy, PopularPair, RouteFilter,
    SegmentSearch, SessionKey, StationFilter, TicketFilter, UserFilter,
};
pub use view::{
    BusStats, Credentials, EXPIRED_HOLDS_MAX, ExpiredHolds, HoldsExpired, PaymentTotals,
    RouteStats, RouteView, SeatSnapshot, SegmentHit, TakenSeat, TicketStats, TicketView, UserBrief,
};
pub use working_set::{Leg, ROUTES_KEPT_MAX, Row, WorkingSet, Writes};

type Command<T> = Result<T, CommandError>;
type Query<T> = Result<T, StoreError>;

/// Where everything is kept.
///
/// Commands are durable when they return: what was answered survives `kill -9` and power loss.
/// Queries see every command that was answered before they were asked.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // The inventory.

    /// Runs one command in one transaction: facts, decision, seat legs, ticket, payment, events and
    /// the route's next numbers, all or nothing. The events reach the
    /// [`CommittedStream`] after the commit, in commit order.
    async fn execute(&self, envelope: Envelope) -> Command<Answer>;

    /// The place behind a route's newest event; `None` for an unknown route.
    async fn head(&self, route_id: RouteId) -> Query<Option<RoutePlace>>;

    /// The place of the newest event of all routes in the order of commits; 0 before the first.
    async fn last_position(&self) -> Query<u64>;

    /// Up to `limit` events of a route behind `after`, by ordinal, without a hole.
    async fn events(
        &self,
        route_id: RouteId,
        after: Ordinal,
        limit: usize,
    ) -> Query<Vec<RouteEvent>>;

    /// A place among a route's events; `None` for an unknown route, or a place beyond its head.
    async fn place(&self, route_id: RouteId, by: PlaceBy) -> Query<Option<RoutePlace>>;

    /// A route's taken seats and how far its events are, from one moment.
    async fn seat_snapshot(&self, route_id: RouteId) -> Query<Option<SeatSnapshot>>;

    /// Tickets whose hold has ended by `now`, longest ago first.
    async fn due_holds(&self, now: Timestamp, limit: usize) -> Query<Vec<TicketId>>;

    /// When the next hold ends.
    async fn next_hold_end(&self) -> Query<Option<Timestamp>>;

    /// Payments that were begun before `before` and have no answer yet, and refunds that are owed.
    /// Oldest first; `after` is when the last one of the page before was begun, and its id.
    async fn unfinished_payments(
        &self,
        after: Option<(Timestamp, PaymentId)>,
        before: Timestamp,
        limit: usize,
    ) -> Query<Vec<Payment>>;

    // Tickets and payments, read.

    async fn ticket(&self, id: TicketId) -> Query<Option<TicketView>>;
    async fn ticket_by_pnr(&self, pnr: &Pnr) -> Query<Option<TicketView>>;
    /// Newest first.
    async fn tickets(&self, filter: TicketFilter, page: Page) -> Query<Paged<TicketView>>;
    async fn ticket_stats(&self) -> Query<TicketStats>;
    async fn ticket_payments(&self, id: TicketId) -> Query<Vec<Payment>>;
    /// What this person paid or had paid for them, newest first: captured, refunding and refunded.
    async fn payment_history(
        &self,
        user_id: UserId,
        page: Page,
    ) -> Query<Paged<(Payment, TicketView)>>;

    // Routes. A change that is no sale (see [`domain::RouteChange`]) is told like a seat's event, in the
    // same order; so is a change of a bus's seats, on every route that it has yet to finish.

    async fn create_route(
        &self,
        id: RouteId,
        plan: RoutePlan,
        now: Timestamp,
    ) -> Command<RouteView>;
    async fn update_route(
        &self,
        id: RouteId,
        patch: RoutePatch,
        now: Timestamp,
    ) -> Command<RouteView>;
    async fn delete_route(&self, id: RouteId, now: Timestamp) -> Command<()>;
    async fn route(&self, id: RouteId) -> Query<Option<RouteView>>;
    /// By departure, soonest first.
    async fn routes(&self, filter: RouteFilter, page: Page) -> Query<Paged<RouteView>>;
    /// The segments on sale that a traveller may mean, by their departure, soonest first.
    async fn search(&self, search: SegmentSearch, page: Page) -> Query<Paged<SegmentHit>>;
    /// The pairs of cities with the most live tickets, most first.
    async fn popular_pairs(&self, limit: usize) -> Query<Vec<PopularPair>>;
    /// Every city to which a segment is sold that leaves this one after `after`, on an active route,
    /// by name.
    async fn destinations(&self, from_city: &str, after: Timestamp) -> Query<Vec<String>>;
    async fn route_stats(&self, now: Timestamp) -> Query<RouteStats>;

    // Buses.

    async fn create_bus(&self, id: BusId, details: BusDetails, now: Timestamp) -> Command<Bus>;
    async fn update_bus(&self, id: BusId, patch: BusPatch, now: Timestamp) -> Command<Bus>;
    async fn delete_bus(&self, id: BusId) -> Command<()>;
    async fn bus(&self, id: BusId) -> Query<Option<Bus>>;
    async fn bus_by_plate(&self, plate: &str) -> Query<Option<Bus>>;
    /// By plate.
    async fn buses(&self, filter: BusFilter, page: Page) -> Query<Paged<Bus>>;
    async fn bus_stats(&self) -> Query<BusStats>;

    // Stations.

    async fn create_station(&self, station: Station) -> Command<Station>;
    /// Replaces name, slug and kind of the station with that id.
    async fn update_station(&self, station: Station) -> Command<Station>;
    async fn delete_station(&self, id: StationId) -> Command<()>;
    async fn station(&self, id: StationId) -> Query<Option<Station>>;
    /// By name.
    async fn stations(&self, filter: StationFilter, page: Page) -> Query<Paged<Station>>;

    // People.

    async fn create_user(&self, user: User, password_hash: String) -> Command<User>;
    async fn user(&self, id: UserId) -> Query<Option<User>>;
    /// By e-mail address.
    async fn users(&self, filter: UserFilter, page: Page) -> Query<Paged<User>>;
    /// Queries that are asked after this was answered see the change. The last administrator who
    /// can log in cannot be disabled.
    async fn change_account(
        &self,
        id: UserId,
        change: AccountChange,
        now: Timestamp,
    ) -> Command<User>;
    /// Looks whether another process has changed an account. What [`Store::user`] answers after
    /// this has returned is as new as this call; a change of this process itself is seen at once.
    async fn look_for_changed_accounts(&self) -> Query<()>;
    async fn credentials(&self, email: &str) -> Query<Option<Credentials>>;

    // Viewers that may come back. What is kept of them is not the store's business.

    /// Keeps a session in place of what was kept under this key.
    async fn save_viewer_session(&self, key: SessionKey, data: Vec<u8>) -> Command<()>;
    async fn viewer_session(&self, key: SessionKey) -> Query<Option<Vec<u8>>>;
    async fn viewer_session_keys(&self) -> Query<Vec<SessionKey>>;
    /// Unknown keys are passed over.
    async fn forget_viewer_sessions(&self, keys: Vec<SessionKey>) -> Command<()>;

    /// Whether commands can be carried out right now. When the last one could not be written, this
    /// tries again: else a server that is sent no commands would never be ready again.
    async fn ready(&self) -> Query<()>;
}

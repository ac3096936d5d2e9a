//! The part of the port that sells: routes' events, who sits where, tickets and their payments.

use async_trait::async_trait;
use domain::hold::TokenHash;
use domain::passenger::Phone;
use domain::{
    Block, BookingId, Hold, HoldId, Ordinal, Payment, PaymentId, Pnr, RouteEvent, RouteId,
    RoutePlace, SeatSnapshot, TicketId, UserId,
};
use jiff::Timestamp;

use crate::error::{Command, Query};
use crate::{
    Answer, BehindRoute, BookingView, CommittedGroup, Door, Envelope, Epoch, FormerEpoch,
    GroupHead, GroupNumber, LiveHolds, OnceOnly, Over, Page, Paged, PaidShare, PlaceBy,
    TicketFilter, TicketStats, TicketView, UnfinishedPayments, Write,
};

/// Seats, tickets, bookings and the groups that changed them, as they are read.
#[async_trait]
pub trait Inventory: Door + OnceOnly {
    /// Runs one command on the inventory: through the door, as every write.
    async fn execute(&self, envelope: Envelope) -> Command<Answer> {
        debug_assert!(matches!(envelope.write, Write::Inventory(_)), "{:?}", envelope.write);
        Ok(self.send(envelope).await?.answer())
    }

    /// A code that this store keeps beside those of the newest bookings, if it makes a difference
    /// to it; a booking may have it already.
    fn next_pnr(&self) -> Option<Pnr> {
        None
    }

    /// What time it is by the clock that decisions go by: the database's own, where several
    /// processes share it; else `now`, the caller's.
    async fn time(&self, now: Timestamp) -> Query<Timestamp>;

    /// The place behind a route's newest event; `None` for an unknown route.
    async fn head(&self, route_id: RouteId) -> Query<Option<RoutePlace>>;

    /// The newest group of the chain. Its last place is that of the newest event of all routes.
    async fn newest_group(&self) -> Query<GroupHead>;

    /// The same for as long as places mean the same events.
    async fn epoch(&self) -> Query<Epoch>;

    /// Begins another epoch, because the database has gone back to an older state; unless it has
    /// another one already. Of several nodes that see it, one begins it.
    async fn leave_epoch(&self, epoch: Epoch) -> Command<()>;

    /// Notes that this epoch was seen, and returns what it has in common with those before it;
    /// `None` if no viewer is expected from any. `now` is for a database that has no clock of its
    /// own.
    async fn former_epoch(&self, epoch: Epoch, now: Timestamp) -> Command<Option<FormerEpoch>>;

    /// Up to `limit` groups behind one of them, each whole, in the order of their numbers and, as
    /// far as they are still kept, without a hole.
    async fn groups(&self, after: GroupNumber, limit: usize) -> Query<Vec<CommittedGroup>>;

    /// Up to `limit` events of a route behind `after`, by ordinal, without a hole; those that are
    /// no longer kept are left out at the front.
    async fn events(
        &self,
        route_id: RouteId,
        after: Ordinal,
        limit: usize,
    ) -> Query<Vec<RouteEvent>>;

    /// A place among a route's events; `None` for an unknown route, a place beyond its head, or one
    /// that is no longer kept.
    async fn place(&self, route_id: RouteId, by: PlaceBy) -> Query<Option<RoutePlace>>;

    /// A route's taken seats and how far its events are, from one moment.
    async fn seat_snapshot(&self, route_id: RouteId) -> Query<Option<SeatSnapshot>>;

    /// Tickets whose hold has ended by `now`, longest ago first.
    async fn due_holds(&self, now: Timestamp, limit: usize) -> Query<Vec<TicketId>>;

    /// Held seats whose time has ended by `now`, longest ago first.
    async fn due_seat_holds(&self, now: Timestamp, limit: usize) -> Query<Vec<HoldId>>;

    /// The hold of this token; one that has ended is known for a day.
    async fn hold(&self, token: TokenHash) -> Query<Option<Hold>>;

    /// What is blocked on a route, oldest first.
    async fn blocks(&self, route_id: RouteId) -> Query<Vec<Block>>;

    /// When the next hold of a ticket or of seats ends.
    async fn next_hold_end(&self) -> Query<Option<Timestamp>>;

    /// How much is held and not paid. The cost grows with what is held, not with what is stored.
    async fn live_holds(&self) -> Query<LiveHolds>;

    /// Payments that were begun before `before` and have no answer yet, and refunds that are owed.
    /// Oldest first; `after` is when the last one of the page before was begun, and its id.
    async fn unfinished_payments(
        &self,
        after: Option<(Timestamp, PaymentId)>,
        before: Timestamp,
        limit: usize,
    ) -> Query<Vec<Payment>>;

    /// How many of them there are. The cost grows with what is unfinished, up to a limit.
    async fn unfinished_payment_counts(&self) -> Query<UnfinishedPayments>;

    /// Some departures that had arrived before `before`, behind another one, and which of their
    /// bookings name a person.
    async fn over(&self, before: Timestamp, behind: Option<BehindRoute>) -> Query<Over>;

    /// The ticket with this id.
    async fn ticket(&self, id: TicketId) -> Query<Option<TicketView>>;
    /// The first of the booking with this code.
    async fn ticket_by_pnr(&self, pnr: &Pnr) -> Query<Option<TicketView>>;
    /// The booking with this id.
    async fn booking(&self, id: BookingId) -> Query<Option<BookingView>>;
    /// The booking with this code.
    async fn booking_by_pnr(&self, pnr: &Pnr) -> Query<Option<BookingView>>;
    /// The same, if this is its contact's phone number. A wrong number costs as much as an unknown
    /// code: the time does not tell which codes there are.
    async fn booking_by_pair(&self, pnr: &Pnr, phone: &Phone) -> Query<Option<BookingView>>;
    /// Newest first.
    async fn tickets(&self, filter: TicketFilter, page: Page) -> Query<Paged<TicketView>>;
    /// The bookings of a page of tickets, newest first: each once and with all of its tickets, also
    /// where the page ends inside it. `total` counts tickets.
    async fn bookings(&self, filter: TicketFilter, page: Page) -> Query<Paged<BookingView>>;
    /// Figures over all tickets.
    async fn ticket_stats(&self) -> Query<TicketStats>;
    /// Payments with a share for this ticket, oldest first.
    async fn ticket_payments(&self, id: TicketId) -> Query<Vec<Payment>>;
    /// What this person paid, and what others paid for them, newest first: captured, refunding and
    /// refunded.
    async fn payment_history(&self, user_id: UserId, page: Page) -> Query<Paged<PaidShare>>;
}

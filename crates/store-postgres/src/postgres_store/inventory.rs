//! [`Inventory`], by the readers.

use async_trait::async_trait;
use domain::hold::TokenHash;
use domain::passenger::Phone;
use domain::{
    Block, BookingId, Hold, HoldId, Ordinal, Payment, PaymentId, Pnr, RouteEvent, RouteId,
    RoutePlace, SeatSnapshot, TicketId, UserId,
};
use jiff::Timestamp;
use store::{
    BehindRoute, BookingView, CommittedGroup, Epoch, FormerEpoch, GROUPS_READ_MAX, GroupHead,
    GroupNumber, Inventory, LiveHolds, Over, Page, Paged, PaidShare, PlaceBy, TicketFilter,
    TicketStats, TicketView, UnfinishedPayments,
};

use super::{Command, PostgresStore, Query};
use crate::clock;
use crate::reads::read;
use crate::table::{
    block, booking, epoch, figures, group, hold, over, payment, payment_history, route_event, seat,
    ticket, ticket_list, ticket_view,
};

#[async_trait]
impl Inventory for PostgresStore {
    async fn time(&self, now: Timestamp) -> Query<Timestamp> {
        if let Some(callers) = self.time_of(now) {
            return Ok(callers);
        }
        read!(self.followers, |db| clock::machine_time(db).await)
    }

    async fn head(&self, route_id: RouteId) -> Query<Option<RoutePlace>> {
        read!(self.readers, |db| route_event::head(db, route_id).await)
    }

    async fn newest_group(&self) -> Query<GroupHead> {
        read!(self.followers, |db| group::newest(db).await)
    }

    async fn epoch(&self) -> Query<Epoch> {
        read!(self.followers, |db| epoch::get(db).await)
    }

    async fn leave_epoch(&self, epoch: Epoch) -> Command<()> {
        let aside = self.aside().await?;
        let left = epoch::leave(aside.db(), epoch).await;
        aside.done(left).await
    }

    async fn former_epoch(&self, epoch: Epoch, _: Timestamp) -> Command<Option<FormerEpoch>> {
        let aside = self.aside().await?;
        let former = epoch::former(aside.db(), epoch).await;
        aside.done(former).await
    }

    async fn groups(&self, after: GroupNumber, limit: usize) -> Query<Vec<CommittedGroup>> {
        read!(self.followers, |db| group::behind(db, after, limit.min(GROUPS_READ_MAX)).await)
    }

    async fn events(
        &self,
        route_id: RouteId,
        after: Ordinal,
        limit: usize,
    ) -> Query<Vec<RouteEvent>> {
        read!(self.readers, |db| route_event::after(db, route_id, after, limit).await)
    }

    async fn place(&self, route_id: RouteId, by: PlaceBy) -> Query<Option<RoutePlace>> {
        read!(self.readers, |db| match by {
            PlaceBy::Position(position) => route_event::place_at(db, route_id, position).await,
            PlaceBy::Ordinal(ordinal) => route_event::place_of(db, route_id, ordinal).await,
            PlaceBy::Seq(seq) => route_event::place_after_seat_event(db, route_id, seq).await,
        })
    }

    async fn seat_snapshot(&self, route_id: RouteId) -> Query<Option<SeatSnapshot>> {
        read!(self.readers, |db| seat::snapshot(db, route_id).await)
    }

    async fn due_holds(&self, now: Timestamp, limit: usize) -> Query<Vec<TicketId>> {
        read!(self.readers, |db| ticket::due_holds(db, now, limit).await)
    }

    async fn due_seat_holds(&self, now: Timestamp, limit: usize) -> Query<Vec<HoldId>> {
        read!(self.readers, |db| hold::due(db, now, limit).await)
    }

    async fn hold(&self, token: TokenHash) -> Query<Option<Hold>> {
        let found = read!(self.readers, |db| hold::of(db, &[], &[token]).await)?;
        Ok(found.into_iter().next())
    }

    async fn blocks(&self, route_id: RouteId) -> Query<Vec<Block>> {
        read!(self.readers, |db| block::of_route(db, route_id).await)
    }

    async fn next_hold_end(&self) -> Query<Option<Timestamp>> {
        let (ticket, seats) = read!(self.readers, |db| {
            tokio::try_join!(ticket::next_hold_end(db), hold::next_end(db))
        })?;
        Ok([ticket, seats].into_iter().flatten().min())
    }

    async fn live_holds(&self) -> Query<LiveHolds> {
        let (reservations, seat_holds) =
            read!(self.readers, |db| tokio::try_join!(ticket::reserved(db), hold::live(db)))?;
        Ok(LiveHolds { reservations, seat_holds })
    }

    async fn unfinished_payments(
        &self,
        after: Option<(Timestamp, PaymentId)>,
        before: Timestamp,
        limit: usize,
    ) -> Query<Vec<Payment>> {
        read!(self.readers, |db| payment::unfinished(db, after, before, limit).await)
    }

    async fn unfinished_payment_counts(&self) -> Query<UnfinishedPayments> {
        read!(self.readers, |db| payment::unfinished_counts(db).await)
    }

    async fn over(&self, before: Timestamp, behind: Option<BehindRoute>) -> Query<Over> {
        read!(self.readers, |db| over::find(db, before, behind).await)
    }

    async fn ticket(&self, id: TicketId) -> Query<Option<TicketView>> {
        read!(self.readers, |db| ticket_view::by_id(db, id).await)
    }

    async fn ticket_by_pnr(&self, pnr: &Pnr) -> Query<Option<TicketView>> {
        read!(self.readers, |db| ticket_view::by_pnr(db, pnr).await)
    }

    async fn booking(&self, id: BookingId) -> Query<Option<BookingView>> {
        read!(self.readers, |db| booking::view_by_id(db, id).await)
    }

    async fn booking_by_pnr(&self, pnr: &Pnr) -> Query<Option<BookingView>> {
        read!(self.readers, |db| booking::view_by_pnr(db, pnr).await)
    }

    async fn booking_by_pair(&self, pnr: &Pnr, phone: &Phone) -> Query<Option<BookingView>> {
        read!(self.readers, |db| booking::view_by_pair(db, pnr, phone).await)
    }

    async fn tickets(&self, filter: TicketFilter, page: Page) -> Query<Paged<TicketView>> {
        read!(self.readers, |db| ticket_list::list(db, &filter, page).await)
    }

    async fn bookings(&self, filter: TicketFilter, page: Page) -> Query<Paged<BookingView>> {
        read!(self.readers, |db| ticket_list::bookings(db, &filter, page).await)
    }

    async fn ticket_stats(&self) -> Query<TicketStats> {
        read!(self.readers, |db| figures::ticket_stats(db).await)
    }

    async fn ticket_payments(&self, id: TicketId) -> Query<Vec<Payment>> {
        read!(self.readers, |db| payment::of_ticket(db, id).await)
    }

    async fn payment_history(&self, user_id: UserId, page: Page) -> Query<Paged<PaidShare>> {
        read!(self.readers, |db| payment_history::list(db, user_id, page).await)
    }
}

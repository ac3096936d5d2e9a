//! [`Inventory`], by the readers.

use async_trait::async_trait;
use domain::hold::TokenHash;
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
        let moment = self.follower().await?;
        let told = clock::machine_time(moment.db()).await;
        moment.done(told)
    }

    async fn head(&self, route_id: RouteId) -> Query<Option<RoutePlace>> {
        let moment = self.moment().await?;
        let found = route_event::head(moment.db(), route_id).await;
        moment.done(found)
    }

    async fn newest_group(&self) -> Query<GroupHead> {
        let moment = self.follower().await?;
        let found = group::newest(moment.db()).await;
        moment.done(found)
    }

    async fn epoch(&self) -> Query<Epoch> {
        let moment = self.follower().await?;
        let found = epoch::get(moment.db()).await;
        moment.done(found)
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
        let moment = self.follower().await?;
        let found = group::behind(moment.db(), after, limit.min(GROUPS_READ_MAX)).await;
        moment.done(found)
    }

    async fn events(
        &self,
        route_id: RouteId,
        after: Ordinal,
        limit: usize,
    ) -> Query<Vec<RouteEvent>> {
        let moment = self.moment().await?;
        let found = route_event::after(moment.db(), route_id, after, limit).await;
        moment.done(found)
    }

    async fn place(&self, route_id: RouteId, by: PlaceBy) -> Query<Option<RoutePlace>> {
        let moment = self.moment().await?;
        let db = moment.db();
        let found = match by {
            PlaceBy::Position(position) => route_event::place_at(db, route_id, position).await,
            PlaceBy::Ordinal(ordinal) => route_event::place_of(db, route_id, ordinal).await,
            PlaceBy::Seq(seq) => route_event::place_after_seat_event(db, route_id, seq).await,
        };
        moment.done(found)
    }

    async fn seat_snapshot(&self, route_id: RouteId) -> Query<Option<SeatSnapshot>> {
        let moment = self.moment().await?;
        let found = seat::snapshot(moment.db(), route_id).await;
        moment.done(found)
    }

    async fn due_holds(&self, now: Timestamp, limit: usize) -> Query<Vec<TicketId>> {
        let moment = self.moment().await?;
        let found = ticket::due_holds(moment.db(), now, limit).await;
        moment.done(found)
    }

    async fn due_seat_holds(&self, now: Timestamp, limit: usize) -> Query<Vec<HoldId>> {
        let moment = self.moment().await?;
        let found = hold::due(moment.db(), now, limit).await;
        moment.done(found)
    }

    async fn hold(&self, token: TokenHash) -> Query<Option<Hold>> {
        let moment = self.moment().await?;
        let found = hold::of(moment.db(), &[], &[token]).await;
        moment.done(found.map(|found| found.into_iter().next()))
    }

    async fn blocks(&self, route_id: RouteId) -> Query<Vec<Block>> {
        let moment = self.moment().await?;
        let found = block::of_route(moment.db(), route_id).await;
        moment.done(found)
    }

    async fn next_hold_end(&self) -> Query<Option<Timestamp>> {
        let moment = self.moment().await?;
        let db = moment.db();
        let ends = tokio::try_join!(ticket::next_hold_end(db), hold::next_end(db));
        moment.done(ends.map(|(ticket, seats)| [ticket, seats].into_iter().flatten().min()))
    }

    async fn live_holds(&self) -> Query<LiveHolds> {
        let moment = self.moment().await?;
        let db = moment.db();
        let live = tokio::try_join!(ticket::reserved(db), hold::live(db));
        moment.done(live.map(|(reservations, seat_holds)| LiveHolds { reservations, seat_holds }))
    }

    async fn unfinished_payments(
        &self,
        after: Option<(Timestamp, PaymentId)>,
        before: Timestamp,
        limit: usize,
    ) -> Query<Vec<Payment>> {
        let moment = self.moment().await?;
        let found = payment::unfinished(moment.db(), after, before, limit).await;
        moment.done(found)
    }

    async fn unfinished_payment_counts(&self) -> Query<UnfinishedPayments> {
        let moment = self.moment().await?;
        let found = payment::unfinished_counts(moment.db()).await;
        moment.done(found)
    }

    async fn over(&self, before: Timestamp, behind: Option<BehindRoute>) -> Query<Over> {
        let moment = self.moment().await?;
        let found = over::find(moment.db(), before, behind).await;
        moment.done(found)
    }

    async fn ticket(&self, id: TicketId) -> Query<Option<TicketView>> {
        let moment = self.moment().await?;
        let found = ticket_view::by_id(moment.db(), id).await;
        moment.done(found)
    }

    async fn ticket_by_pnr(&self, pnr: &Pnr) -> Query<Option<TicketView>> {
        let moment = self.moment().await?;
        let found = ticket_view::by_pnr(moment.db(), pnr).await;
        moment.done(found)
    }

    async fn booking(&self, id: BookingId) -> Query<Option<BookingView>> {
        let moment = self.moment().await?;
        let found = booking::view_by_id(moment.db(), id).await;
        moment.done(found)
    }

    async fn booking_by_pnr(&self, pnr: &Pnr) -> Query<Option<BookingView>> {
        let moment = self.moment().await?;
        let found = booking::view_by_pnr(moment.db(), pnr).await;
        moment.done(found)
    }

    async fn tickets(&self, filter: TicketFilter, page: Page) -> Query<Paged<TicketView>> {
        let moment = self.moment().await?;
        let found = ticket_list::list(moment.db(), &filter, page).await;
        moment.done(found)
    }

    async fn bookings(&self, filter: TicketFilter, page: Page) -> Query<Paged<BookingView>> {
        let moment = self.moment().await?;
        let found = ticket_list::bookings(moment.db(), &filter, page).await;
        moment.done(found)
    }

    async fn ticket_stats(&self) -> Query<TicketStats> {
        let moment = self.moment().await?;
        let found = figures::ticket_stats(moment.db()).await;
        moment.done(found)
    }

    async fn ticket_payments(&self, id: TicketId) -> Query<Vec<Payment>> {
        let moment = self.moment().await?;
        let found = payment::of_ticket(moment.db(), id).await;
        moment.done(found)
    }

    async fn payment_history(&self, user_id: UserId, page: Page) -> Query<Paged<PaidShare>> {
        let moment = self.moment().await?;
        let found = payment_history::list(moment.db(), user_id, page).await;
        moment.done(found)
    }
}

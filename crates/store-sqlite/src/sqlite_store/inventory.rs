//! [`Inventory`], by the readers.

use async_trait::async_trait;
use domain::hold::HoldKey;
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

use super::{Command, Query, SqliteStore};
use crate::table::ticket_views::TicketViews;
use crate::table::{
    block, booking, epoch, group, hold, over, payment, route, route_event, seat, ticket,
    ticket_list,
};

#[async_trait]
impl Inventory for SqliteStore {
    fn next_pnr(&self) -> Option<Pnr> {
        Some(self.pnrs.next())
    }

    async fn time(&self, now: Timestamp) -> Query<Timestamp> {
        Ok(now)
    }

    async fn head(&self, route_id: RouteId) -> Query<Option<RoutePlace>> {
        self.readers.query(move |db| route::head(db, route_id)).await
    }

    async fn newest_group(&self) -> Query<GroupHead> {
        self.readers.query(|db| group::newest(db)).await
    }

    async fn epoch(&self) -> Query<Epoch> {
        self.readers.query(|db| epoch::get(db)).await
    }

    async fn leave_epoch(&self, epoch: Epoch) -> Command<()> {
        self.writer.session(move |inside| epoch::leave(inside.connection, epoch)).await
    }

    async fn former_epoch(&self, epoch: Epoch, now: Timestamp) -> Command<Option<FormerEpoch>> {
        self.writer.session(move |inside| epoch::former(inside.connection, epoch, now)).await
    }

    async fn groups(&self, after: GroupNumber, limit: usize) -> Query<Vec<CommittedGroup>> {
        self.readers.query(move |db| group::behind(db, after, limit.min(GROUPS_READ_MAX))).await
    }

    async fn events(
        &self,
        route_id: RouteId,
        after: Ordinal,
        limit: usize,
    ) -> Query<Vec<RouteEvent>> {
        self.readers.query(move |db| route_event::after(db, route_id, after, limit)).await
    }

    async fn place(&self, route_id: RouteId, by: PlaceBy) -> Query<Option<RoutePlace>> {
        self.readers
            .query(move |db| match by {
                PlaceBy::Position(position) => route_event::place_at(db, route_id, position),
                PlaceBy::Ordinal(ordinal) => route_event::place_of(db, route_id, ordinal),
                PlaceBy::Seq(seq) => route_event::place_after_seat_event(db, route_id, seq),
            })
            .await
    }

    async fn seat_snapshot(&self, route_id: RouteId) -> Query<Option<SeatSnapshot>> {
        self.catalogue(move |db, known| seat::snapshot(db, known, route_id)).await
    }

    async fn due_holds(&self, now: Timestamp, limit: usize) -> Query<Vec<TicketId>> {
        self.readers.query(move |db| ticket::due_holds(db, now, limit)).await
    }

    async fn due_seat_holds(&self, now: Timestamp, limit: usize) -> Query<Vec<HoldId>> {
        self.readers.query(move |db| hold::due(db, now, limit)).await
    }

    async fn hold(&self, token: TokenHash) -> Query<Option<Hold>> {
        self.readers.query(move |db| hold::by_key(db, HoldKey::Token(token))).await
    }

    async fn blocks(&self, route_id: RouteId) -> Query<Vec<Block>> {
        self.readers.query(move |db| block::of_route(db, route_id)).await
    }

    async fn next_hold_end(&self) -> Query<Option<Timestamp>> {
        self.readers
            .query(|db| {
                let ends = [ticket::next_hold_end(db)?, hold::next_end(db)?];
                Ok(ends.into_iter().flatten().min())
            })
            .await
    }

    async fn live_holds(&self) -> Query<LiveHolds> {
        self.readers
            .query(|db| {
                let (reservations, seat_holds) = (ticket::reserved(db)?, hold::live(db)?);
                Ok(LiveHolds { reservations, seat_holds })
            })
            .await
    }

    async fn unfinished_payments(
        &self,
        after: Option<(Timestamp, PaymentId)>,
        before: Timestamp,
        limit: usize,
    ) -> Query<Vec<Payment>> {
        self.readers.query(move |db| payment::unfinished(db, after, before, limit)).await
    }

    async fn unfinished_payment_counts(&self) -> Query<UnfinishedPayments> {
        self.readers.query(|db| payment::unfinished_counts(db)).await
    }

    async fn over(&self, before: Timestamp, behind: Option<BehindRoute>) -> Query<Over> {
        self.readers.query(move |db| over::find(db, before, behind)).await
    }

    async fn ticket(&self, id: TicketId) -> Query<Option<TicketView>> {
        self.catalogue(move |db, known| {
            let found = ticket::by_id(db, id)?;
            found.map(|found| TicketViews::new(db, known).of(found)).transpose()
        })
        .await
    }

    async fn ticket_by_pnr(&self, pnr: &Pnr) -> Query<Option<TicketView>> {
        let pnr = pnr.clone();
        self.catalogue(move |db, known| {
            let found = ticket::by_pnr(db, &pnr)?;
            found.map(|found| TicketViews::new(db, known).of(found)).transpose()
        })
        .await
    }

    async fn booking(&self, id: BookingId) -> Query<Option<BookingView>> {
        self.catalogue(move |db, known| {
            let mut views = TicketViews::new(db, known);
            booking::by_id(db, id)?.map(|found| booking::view(db, &mut views, found)).transpose()
        })
        .await
    }

    async fn booking_by_pnr(&self, pnr: &Pnr) -> Query<Option<BookingView>> {
        let pnr = pnr.clone();
        self.catalogue(move |db, known| {
            let mut views = TicketViews::new(db, known);
            booking::by_pnr(db, &pnr)?.map(|found| booking::view(db, &mut views, found)).transpose()
        })
        .await
    }

    async fn booking_by_pair(&self, pnr: &Pnr, phone: &Phone) -> Query<Option<BookingView>> {
        let (pnr, phone) = (pnr.clone(), phone.clone());
        self.catalogue(move |db, known| {
            let mut views = TicketViews::new(db, known);
            let found = booking::by_pnr(db, &pnr)?.filter(|it| it.contact.phone == phone);
            found.map(|found| booking::view(db, &mut views, found)).transpose()
        })
        .await
    }

    async fn tickets(&self, filter: TicketFilter, page: Page) -> Query<Paged<TicketView>> {
        self.catalogue(move |db, known| ticket_list::list(db, known, &filter, page)).await
    }

    async fn bookings(&self, filter: TicketFilter, page: Page) -> Query<Paged<BookingView>> {
        self.catalogue(move |db, known| ticket_list::bookings(db, known, &filter, page)).await
    }

    async fn ticket_stats(&self) -> Query<TicketStats> {
        self.readers.query(|db| ticket::stats(db)).await
    }

    async fn ticket_payments(&self, id: TicketId) -> Query<Vec<Payment>> {
        self.readers.query(move |db| payment::of_ticket(db, id)).await
    }

    async fn payment_history(&self, user_id: UserId, page: Page) -> Query<Paged<PaidShare>> {
        self.catalogue(move |db, known| payment::history(db, known, user_id, page)).await
    }
}

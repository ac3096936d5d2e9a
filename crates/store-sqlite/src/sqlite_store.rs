//! The driver: every promise of [`store::Store`], handed to the writer or to a reader.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Bus, BusDetails, BusId, BusPatch, CityKey, Ordinal, Payment, PaymentId, Pnr, RouteEvent,
    RouteId, RoutePatch, RoutePlace, RoutePlan, Station, StationId, TicketId, User, UserId,
};
use jiff::Timestamp;
use store::{
    AccountChange, Answer, BusFilter, BusStats, CommandError, Credentials, Envelope, Page, Paged,
    PlaceBy, PopularPair, RouteFilter, RouteStats, RouteView, SeatSnapshot, SegmentHit,
    SegmentSearch, SessionKey, StationFilter, Store, StoreError, TicketFilter, TicketStats,
    TicketView, UserFilter,
};

use crate::database_file::DatabaseFile;
use crate::known_users::KnownUsers;
use crate::reader::Readers;
use crate::route_changes;
use crate::table::{
    bus, payment, route, route_event, route_search, seat, segment, station, ticket, ticket_list,
    user, viewer_session,
};
use crate::writer::Writer;

type Command<T> = Result<T, CommandError>;
type Query<T> = Result<T, StoreError>;

/// The inventory in one SQLite file. Cheap to clone; see [`crate::open`].
#[derive(Clone, Debug)]
pub struct SqliteStore {
    /// None in memory. The first field: a handle that goes lets this go before its place in the queue.
    /// The writer's thread has its own, and when that has ended the file is free for another process.
    file: Option<Arc<DatabaseFile>>,
    writer: Writer,
    readers: Readers,
    users: KnownUsers,
}

impl SqliteStore {
    pub(crate) fn new(
        writer: Writer,
        readers: Readers,
        users: KnownUsers,
        file: Option<Arc<DatabaseFile>>,
    ) -> Self {
        Self { file, writer, readers, users }
    }

    /// Takes the check in memory away, for the tests of what stands behind it: the key.
    #[cfg(feature = "simulation")]
    pub async fn ignore_legs(&self) -> Result<(), CommandError> {
        let ignore = |inside: &mut crate::group::Inside<'_>| {
            *inside.ignores_legs = true;
            Ok(())
        };
        self.writer.command(ignore).await
    }

    /// Finishes what has been given to the writer and lets the file go. Blocks until every other
    /// handle is gone.
    pub fn close(self) {
        let Self { file, writer, readers, users: _ } = self;
        drop(file);
        // The connection that closes last moves the log into the database file, and a reader may
        // not write: it has to be the writer's.
        drop(readers);
        writer.close();
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn execute(&self, envelope: Envelope) -> Command<Answer> {
        self.writer.execute(envelope).await
    }

    async fn head(&self, route_id: RouteId) -> Query<Option<RoutePlace>> {
        self.readers.query(move |db| route::head(db, route_id)).await
    }

    async fn last_position(&self) -> Query<u64> {
        self.readers.query(route_event::last_position).await
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
        self.readers.query(move |db| seat::snapshot(db, route_id)).await
    }

    async fn due_holds(&self, now: Timestamp, limit: usize) -> Query<Vec<TicketId>> {
        self.readers.query(move |db| ticket::due_holds(db, now, limit)).await
    }

    async fn next_hold_end(&self) -> Query<Option<Timestamp>> {
        self.readers.query(ticket::next_hold_end).await
    }

    async fn unfinished_payments(
        &self,
        after: Option<(Timestamp, PaymentId)>,
        before: Timestamp,
        limit: usize,
    ) -> Query<Vec<Payment>> {
        self.readers.query(move |db| payment::unfinished(db, after, before, limit)).await
    }

    async fn ticket(&self, id: TicketId) -> Query<Option<TicketView>> {
        self.readers
            .query(move |db| {
                ticket::by_id(db, id)?.map(|found| ticket::Views::new(db).of(found)).transpose()
            })
            .await
    }

    async fn ticket_by_pnr(&self, pnr: &Pnr) -> Query<Option<TicketView>> {
        let pnr = pnr.clone();
        self.readers
            .query(move |db| {
                ticket::by_pnr(db, &pnr)?.map(|found| ticket::Views::new(db).of(found)).transpose()
            })
            .await
    }

    async fn tickets(&self, filter: TicketFilter, page: Page) -> Query<Paged<TicketView>> {
        self.readers.query(move |db| ticket_list::list(db, &filter, page)).await
    }

    async fn ticket_stats(&self) -> Query<TicketStats> {
        self.readers.query(ticket::stats).await
    }

    async fn ticket_payments(&self, id: TicketId) -> Query<Vec<Payment>> {
        self.readers.query(move |db| payment::of_ticket(db, id)).await
    }

    async fn payment_history(
        &self,
        user_id: UserId,
        page: Page,
    ) -> Query<Paged<(Payment, TicketView)>> {
        self.readers.query(move |db| payment::history(db, user_id, page)).await
    }

    async fn create_route(
        &self,
        id: RouteId,
        plan: RoutePlan,
        now: Timestamp,
    ) -> Command<RouteView> {
        self.writer.command(move |inside| route::insert(inside.connection, id, &plan, now)).await
    }

    async fn update_route(
        &self,
        id: RouteId,
        patch: RoutePatch,
        now: Timestamp,
    ) -> Command<RouteView> {
        self.writer
            .command(move |inside| route_changes::update_route(inside, id, patch.clone(), now))
            .await
    }

    async fn delete_route(&self, id: RouteId, now: Timestamp) -> Command<()> {
        self.writer.command(move |inside| route_changes::delete_route(inside, id, now)).await
    }

    async fn route(&self, id: RouteId) -> Query<Option<RouteView>> {
        self.readers.query(move |db| route::by_id(db, id)).await
    }

    async fn routes(&self, filter: RouteFilter, page: Page) -> Query<Paged<RouteView>> {
        self.readers.query(move |db| route_search::list(db, &filter, page)).await
    }

    async fn search(&self, search: SegmentSearch, page: Page) -> Query<Paged<SegmentHit>> {
        self.readers.query(move |db| segment::search(db, &search, page)).await
    }

    async fn popular_pairs(&self, limit: usize) -> Query<Vec<PopularPair>> {
        self.readers.query(move |db| route_search::popular_pairs(db, limit)).await
    }

    async fn destinations(&self, from_city: &str, after: Timestamp) -> Query<Vec<String>> {
        let from_city = CityKey::new(from_city);
        self.readers.query(move |db| segment::destinations(db, &from_city, after)).await
    }

    async fn route_stats(&self, now: Timestamp) -> Query<RouteStats> {
        self.readers.query(move |db| route_search::stats(db, now)).await
    }

    async fn create_bus(&self, id: BusId, details: BusDetails, now: Timestamp) -> Command<Bus> {
        self.writer
            .command(move |inside| bus::insert(inside.connection, id, details.clone(), now))
            .await
    }

    async fn update_bus(&self, id: BusId, patch: BusPatch, now: Timestamp) -> Command<Bus> {
        self.writer
            .command(move |inside| route_changes::update_bus(inside, id, patch.clone(), now))
            .await
    }

    async fn delete_bus(&self, id: BusId) -> Command<()> {
        self.writer.command(move |inside| bus::delete(inside.connection, id)).await
    }

    async fn bus(&self, id: BusId) -> Query<Option<Bus>> {
        self.readers.query(move |db| bus::by_id(db, id)).await
    }

    async fn bus_by_plate(&self, plate: &str) -> Query<Option<Bus>> {
        let plate = plate.to_owned();
        self.readers.query(move |db| bus::by_plate(db, &plate)).await
    }

    async fn buses(&self, filter: BusFilter, page: Page) -> Query<Paged<Bus>> {
        self.readers.query(move |db| bus::list(db, &filter, page)).await
    }

    async fn bus_stats(&self) -> Query<BusStats> {
        self.readers.query(bus::stats).await
    }

    async fn create_station(&self, station: Station) -> Command<Station> {
        self.writer
            .command(move |inside| {
                station::insert(inside.connection, &station)?;
                Ok(station.clone())
            })
            .await
    }

    async fn update_station(&self, station: Station) -> Command<Station> {
        self.writer
            .command(move |inside| {
                station::update(inside.connection, &station)?;
                Ok(station.clone())
            })
            .await
    }

    async fn delete_station(&self, id: StationId) -> Command<()> {
        self.writer.command(move |inside| station::delete(inside.connection, id)).await
    }

    async fn station(&self, id: StationId) -> Query<Option<Station>> {
        self.readers.query(move |db| station::by_id(db, id)).await
    }

    async fn stations(&self, filter: StationFilter, page: Page) -> Query<Paged<Station>> {
        self.readers.query(move |db| station::list(db, &filter, page)).await
    }

    async fn create_user(&self, new: User, password_hash: String) -> Command<User> {
        self.writer
            .command(move |inside| {
                user::insert(inside.connection, &new, &password_hash)?;
                Ok(new.clone())
            })
            .await
    }

    async fn user(&self, id: UserId) -> Query<Option<User>> {
        if let Some(known) = self.users.get(id) {
            return Ok(Some(User::clone(&known)));
        }
        // Taken before the reading: what is read may be old by the time that it is remembered.
        let generation = self.users.generation();
        let found = self.readers.query(move |db| user::by_id(db, id)).await?;
        if let Some(user) = &found {
            self.users.keep(user.clone(), generation);
        }
        Ok(found)
    }

    async fn users(&self, filter: UserFilter, page: Page) -> Query<Paged<User>> {
        self.readers.query(move |db| user::list(db, &filter, page)).await
    }

    async fn change_account(
        &self,
        id: UserId,
        change: AccountChange,
        now: Timestamp,
    ) -> Command<User> {
        self.writer
            .command(move |inside| {
                inside.changed_users.push(id);
                user::change(inside.connection, id, &change, now)
            })
            .await
    }

    async fn look_for_changed_accounts(&self) -> Query<()> {
        let number = self.readers.query(user::changes).await?;
        self.users.note_changes(number);
        Ok(())
    }

    async fn credentials(&self, email: &str) -> Query<Option<Credentials>> {
        let email = email.to_owned();
        self.readers.query(move |db| user::credentials(db, &email)).await
    }

    async fn save_viewer_session(&self, key: SessionKey, data: Vec<u8>) -> Command<()> {
        self.writer
            .session(move |inside| viewer_session::save(inside.connection, &key, &data))
            .await
    }

    async fn viewer_session(&self, key: SessionKey) -> Query<Option<Vec<u8>>> {
        self.readers.query(move |db| viewer_session::by_key(db, &key)).await
    }

    async fn viewer_session_keys(&self) -> Query<Vec<SessionKey>> {
        self.readers.query(viewer_session::keys).await
    }

    async fn forget_viewer_sessions(&self, keys: Vec<SessionKey>) -> Command<()> {
        self.writer.session(move |inside| viewer_session::delete(inside.connection, &keys)).await
    }

    async fn ready(&self) -> Query<()> {
        if !self.writer.is_open() {
            return Err(StoreError::Closed);
        }
        if let Some(Err(gone)) = self.file.as_ref().map(|file| file.check()) {
            return Err(self.writer.note_gone(&gone));
        }
        self.writer.recovered().await?;
        self.readers.query(|db| Ok(db.query_row("SELECT 1", [], |_| Ok(()))?)).await
    }
}

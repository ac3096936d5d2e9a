//! [`Catalogue`]: written by the writer, read by the readers.

use async_trait::async_trait;
use domain::{
    Bus, BusDetails, BusId, BusPatch, CityKey, RouteId, RoutePatch, RoutePlan, Station, StationId,
};
use jiff::Timestamp;
use store::{
    BusFilter, BusStats, Catalogue, Page, Paged, PopularPair, RouteFilter, RouteStats, RouteView,
    SegmentHit, SegmentSearch, StationFilter,
};

use super::{Command, Query, SqliteStore};
use crate::route_changes;
use crate::table::{bus, route, route_search, segment, station};

#[async_trait]
impl Catalogue for SqliteStore {
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
        self.catalogue(move |db, known| known.view(db, id)).await
    }

    async fn routes(&self, filter: RouteFilter, page: Page) -> Query<Paged<RouteView>> {
        self.catalogue(move |db, known| route_search::list(db, known, &filter, page)).await
    }

    async fn search(&self, search: SegmentSearch, page: Page) -> Query<Paged<SegmentHit>> {
        self.catalogue(move |db, known| segment::search(db, known, &search, page)).await
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
}

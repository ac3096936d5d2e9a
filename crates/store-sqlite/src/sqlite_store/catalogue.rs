//! [`Catalogue`], by the readers.

use async_trait::async_trait;
use domain::{Bus, BusId, CityKey, RouteId, Station, StationId};
use jiff::Timestamp;
use store::{
    BusFilter, BusStats, Catalogue, Page, Paged, PopularPair, RouteFilter, RouteStats, RouteView,
    SegmentHit, SegmentSearch, StationFilter, TripSearch,
};

use super::{Query, SqliteStore};
use crate::table::{bus, route_search, segment, station, trip};

#[async_trait]
impl Catalogue for SqliteStore {
    async fn route(&self, id: RouteId) -> Query<Option<RouteView>> {
        self.catalogue(move |db, known| known.view(db, id)).await
    }

    async fn routes(&self, filter: RouteFilter, page: Page) -> Query<Paged<RouteView>> {
        self.catalogue(move |db, known| route_search::list(db, known, &filter, page)).await
    }

    async fn search(&self, search: SegmentSearch, page: Page) -> Query<Paged<SegmentHit>> {
        self.catalogue(move |db, known| segment::search(db, known, &search, page)).await
    }

    async fn trips(&self, search: TripSearch, limit: usize) -> Query<Vec<RouteView>> {
        self.catalogue(move |db, known| trip::search(db, known, &search, limit)).await
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
        self.readers.query(|db| bus::stats(db)).await
    }

    async fn station(&self, id: StationId) -> Query<Option<Station>> {
        self.readers.query(move |db| station::by_id(db, id)).await
    }

    async fn stations(&self, filter: StationFilter, page: Page) -> Query<Paged<Station>> {
        self.readers.query(move |db| station::list(db, &filter, page)).await
    }
}

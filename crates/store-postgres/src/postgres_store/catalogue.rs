//! [`Catalogue`], each question in a moment of its own.

use async_trait::async_trait;
use domain::{Bus, BusId, CityKey, RouteId, Station, StationId};
use jiff::Timestamp;
use store::{
    BusFilter, BusStats, Catalogue, Page, Paged, PopularPair, RouteFilter, RouteStats, RouteView,
    SegmentHit, SegmentSearch, StationFilter, TripSearch,
};

use super::{PostgresStore, Query};
use crate::reads::read;
use crate::table::{bus, figures, route_search, route_view, segment, station, trip};

#[async_trait]
impl Catalogue for PostgresStore {
    async fn route(&self, id: RouteId) -> Query<Option<RouteView>> {
        read!(self.readers, |db| route_view::by_id(db, id).await)
    }

    async fn routes(&self, filter: RouteFilter, page: Page) -> Query<Paged<RouteView>> {
        read!(self.readers, |db| route_search::list(db, &filter, page).await)
    }

    async fn search(&self, search: SegmentSearch, page: Page) -> Query<Paged<SegmentHit>> {
        read!(self.readers, |db| segment::search(db, &search, page).await)
    }

    async fn trips(&self, search: TripSearch, limit: usize) -> Query<Vec<RouteView>> {
        read!(self.readers, |db| trip::search(db, &search, limit).await)
    }

    async fn popular_pairs(&self, limit: usize) -> Query<Vec<PopularPair>> {
        read!(self.readers, |db| route_search::popular_pairs(db, limit).await)
    }

    async fn destinations(&self, from_city: &str, after: Timestamp) -> Query<Vec<String>> {
        let from_city = CityKey::new(from_city);
        read!(self.readers, |db| segment::destinations(db, &from_city, after).await)
    }

    async fn route_stats(&self, now: Timestamp) -> Query<RouteStats> {
        read!(self.readers, |db| figures::route_stats(db, now).await)
    }

    async fn bus(&self, id: BusId) -> Query<Option<Bus>> {
        read!(self.readers, |db| bus::by_id(db, id).await)
    }

    async fn bus_by_plate(&self, plate: &str) -> Query<Option<Bus>> {
        read!(self.readers, |db| bus::by_plate(db, plate).await)
    }

    async fn buses(&self, filter: BusFilter, page: Page) -> Query<Paged<Bus>> {
        read!(self.readers, |db| bus::list(db, &filter, page).await)
    }

    async fn bus_stats(&self) -> Query<BusStats> {
        read!(self.readers, |db| figures::bus_stats(db).await)
    }

    async fn station(&self, id: StationId) -> Query<Option<Station>> {
        read!(self.readers, |db| station::by_id(db, id).await)
    }

    async fn stations(&self, filter: StationFilter, page: Page) -> Query<Paged<Station>> {
        read!(self.readers, |db| station::list(db, &filter, page).await)
    }
}

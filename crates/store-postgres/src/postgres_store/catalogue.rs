//! [`Catalogue`], each question in a moment of its own.

use async_trait::async_trait;
use domain::{Bus, BusId, CityKey, RouteId, Station, StationId};
use jiff::Timestamp;
use store::{
    BusFilter, BusStats, Catalogue, Page, Paged, PopularPair, RouteFilter, RouteStats, RouteView,
    SegmentHit, SegmentSearch, StationFilter,
};

use super::{PostgresStore, Query};
use crate::table::{bus, figures, route_search, route_view, segment, station};

#[async_trait]
impl Catalogue for PostgresStore {
    async fn route(&self, id: RouteId) -> Query<Option<RouteView>> {
        let moment = self.moment().await?;
        let found = route_view::by_id(moment.db(), id).await;
        moment.done(found)
    }

    async fn routes(&self, filter: RouteFilter, page: Page) -> Query<Paged<RouteView>> {
        let moment = self.moment().await?;
        let found = route_search::list(moment.db(), &filter, page).await;
        moment.done(found)
    }

    async fn search(&self, search: SegmentSearch, page: Page) -> Query<Paged<SegmentHit>> {
        let moment = self.moment().await?;
        let found = segment::search(moment.db(), &search, page).await;
        moment.done(found)
    }

    async fn popular_pairs(&self, limit: usize) -> Query<Vec<PopularPair>> {
        let moment = self.moment().await?;
        let found = route_search::popular_pairs(moment.db(), limit).await;
        moment.done(found)
    }

    async fn destinations(&self, from_city: &str, after: Timestamp) -> Query<Vec<String>> {
        let from_city = CityKey::new(from_city);
        let moment = self.moment().await?;
        let found = segment::destinations(moment.db(), &from_city, after).await;
        moment.done(found)
    }

    async fn route_stats(&self, now: Timestamp) -> Query<RouteStats> {
        let moment = self.moment().await?;
        let found = figures::route_stats(moment.db(), now).await;
        moment.done(found)
    }

    async fn bus(&self, id: BusId) -> Query<Option<Bus>> {
        let moment = self.moment().await?;
        let found = bus::by_id(moment.db(), id).await;
        moment.done(found)
    }

    async fn bus_by_plate(&self, plate: &str) -> Query<Option<Bus>> {
        let moment = self.moment().await?;
        let found = bus::by_plate(moment.db(), plate).await;
        moment.done(found)
    }

    async fn buses(&self, filter: BusFilter, page: Page) -> Query<Paged<Bus>> {
        let moment = self.moment().await?;
        let found = bus::list(moment.db(), &filter, page).await;
        moment.done(found)
    }

    async fn bus_stats(&self) -> Query<BusStats> {
        let moment = self.moment().await?;
        let found = figures::bus_stats(moment.db()).await;
        moment.done(found)
    }

    async fn station(&self, id: StationId) -> Query<Option<Station>> {
        let moment = self.moment().await?;
        let found = station::by_id(moment.db(), id).await;
        moment.done(found)
    }

    async fn stations(&self, filter: StationFilter, page: Page) -> Query<Paged<Station>> {
        let moment = self.moment().await?;
        let found = station::list(moment.db(), &filter, page).await;
        moment.done(found)
    }
}

//! The part of the port that says what can be sold: routes, buses and stations.

use async_trait::async_trait;
use domain::{Bus, BusId, RouteId, Station, StationId};
use jiff::Timestamp;

use crate::error::Query;
use crate::{
    BusFilter, BusStats, Page, Paged, PopularPair, RouteFilter, RouteStats, RouteView, SegmentHit,
    SegmentSearch, StationFilter, TripSearch,
};

/// Routes, buses and stations, as they are read.
#[async_trait]
pub trait Catalogue: Send + Sync + 'static {
    /// The route with this id.
    async fn route(&self, id: RouteId) -> Query<Option<RouteView>>;
    /// By departure, soonest first.
    async fn routes(&self, filter: RouteFilter, page: Page) -> Query<Paged<RouteView>>;
    /// The segments on sale that a traveller may mean, by their departure, soonest first.
    async fn search(&self, search: SegmentSearch, page: Page) -> Query<Paged<SegmentHit>>;
    /// The routes whose buses go that way, by their time at its first stop, soonest first: at most
    /// this many, of the first [`TRIPS_LOOKED_AT_MAX`](crate::TRIPS_LOOKED_AT_MAX).
    async fn trips(&self, search: TripSearch, limit: usize) -> Query<Vec<RouteView>>;
    /// The pairs of cities with the most live tickets, most first.
    async fn popular_pairs(&self, limit: usize) -> Query<Vec<PopularPair>>;
    /// Every city to which a segment is sold that leaves this one after `after`, on an active
    /// route, by name.
    async fn destinations(&self, from_city: &str, after: Timestamp) -> Query<Vec<String>>;
    /// Figures over all routes; `now` divides those to come from those that have left.
    async fn route_stats(&self, now: Timestamp) -> Query<RouteStats>;

    /// The bus with this id.
    async fn bus(&self, id: BusId) -> Query<Option<Bus>>;
    /// The bus with this plate, in any spelling of it.
    async fn bus_by_plate(&self, plate: &str) -> Query<Option<Bus>>;
    /// By plate.
    async fn buses(&self, filter: BusFilter, page: Page) -> Query<Paged<Bus>>;
    /// Figures over all buses.
    async fn bus_stats(&self) -> Query<BusStats>;

    /// The station with this id.
    async fn station(&self, id: StationId) -> Query<Option<Station>>;
    /// By name.
    async fn stations(&self, filter: StationFilter, page: Page) -> Query<Paged<Station>>;
}

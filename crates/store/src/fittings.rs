//! The part of the port that says what buses are fitted with: layouts and features that several
//! have. A bus that names one has it as it stands in that moment.

use async_trait::async_trait;
use domain::{BusFeature, FeatureId, LayoutId, SeatLayout};

use crate::error::Query;
use crate::{Page, Paged};

/// Seat layouts and features of buses, as they are read.
#[async_trait]
pub trait Fittings: Send + Sync + 'static {
    /// The layout with this id.
    async fn seat_layout(&self, id: LayoutId) -> Query<Option<SeatLayout>>;
    /// By name.
    async fn seat_layouts(&self, page: Page) -> Query<Paged<SeatLayout>>;

    /// The feature with this id.
    async fn bus_feature(&self, id: FeatureId) -> Query<Option<BusFeature>>;
    /// By name.
    async fn bus_features(&self, page: Page) -> Query<Paged<BusFeature>>;
}

//! [`Fittings`], each question in a moment of its own.

use async_trait::async_trait;
use domain::{BusFeature, FeatureId, LayoutId, SeatLayout};
use store::{Fittings, Page, Paged};

use super::{PostgresStore, Query};
use crate::reads::read;
use crate::table::{bus_feature, seat_layout};

#[async_trait]
impl Fittings for PostgresStore {
    async fn seat_layout(&self, id: LayoutId) -> Query<Option<SeatLayout>> {
        read!(self.readers, |db| seat_layout::by_id(db, id).await)
    }

    async fn seat_layouts(&self, page: Page) -> Query<Paged<SeatLayout>> {
        read!(self.readers, |db| seat_layout::list(db, page).await)
    }

    async fn bus_feature(&self, id: FeatureId) -> Query<Option<BusFeature>> {
        read!(self.readers, |db| bus_feature::by_id(db, id).await)
    }

    async fn bus_features(&self, page: Page) -> Query<Paged<BusFeature>> {
        read!(self.readers, |db| bus_feature::list(db, page).await)
    }
}

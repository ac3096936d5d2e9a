//! [`Fittings`], each question in a moment of its own.

use async_trait::async_trait;
use domain::{BusFeature, FeatureId, LayoutId, SeatLayout};
use store::{Fittings, Page, Paged};

use super::{PostgresStore, Query};
use crate::table::{bus_feature, seat_layout};

#[async_trait]
impl Fittings for PostgresStore {
    async fn seat_layout(&self, id: LayoutId) -> Query<Option<SeatLayout>> {
        let moment = self.moment().await?;
        let found = seat_layout::by_id(moment.db(), id).await;
        moment.done(found)
    }

    async fn seat_layouts(&self, page: Page) -> Query<Paged<SeatLayout>> {
        let moment = self.moment().await?;
        let found = seat_layout::list(moment.db(), page).await;
        moment.done(found)
    }

    async fn bus_feature(&self, id: FeatureId) -> Query<Option<BusFeature>> {
        let moment = self.moment().await?;
        let found = bus_feature::by_id(moment.db(), id).await;
        moment.done(found)
    }

    async fn bus_features(&self, page: Page) -> Query<Paged<BusFeature>> {
        let moment = self.moment().await?;
        let found = bus_feature::list(moment.db(), page).await;
        moment.done(found)
    }
}

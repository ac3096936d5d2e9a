//! The part of the port that says what buses are fitted with: the layouts that several may have. A bus
//! that names one is drawn as it stands in that moment.

use async_trait::async_trait;
use domain::{LayoutId, SeatLayout};

use crate::{Page, Paged, Query};

#[async_trait]
pub trait Fittings: Send + Sync + 'static {
    async fn seat_layout(&self, id: LayoutId) -> Query<Option<SeatLayout>>;
    /// By name.
    async fn seat_layouts(&self, page: Page) -> Query<Paged<SeatLayout>>;
}

//! The part of the port that says what buses are fitted with: the layouts that several may have.

use async_trait::async_trait;
use domain::{LayoutId, SeatLayout, SeatLayoutPatch};
use jiff::Timestamp;

use crate::{Command, Page, Paged, Query};

#[async_trait]
pub trait Fittings: Send + Sync + 'static {
    // Seat layouts. A bus that names one is drawn as it stands in that moment.

    async fn create_seat_layout(&self, kept: SeatLayout) -> Command<SeatLayout>;
    /// Changes every bus that has it, and tells so on every route that they have yet to finish; or
    /// nothing, when one of them has sold seats.
    async fn update_seat_layout(
        &self,
        id: LayoutId,
        patch: SeatLayoutPatch,
        now: Timestamp,
    ) -> Command<SeatLayout>;
    /// Not while a bus has it.
    async fn delete_seat_layout(&self, id: LayoutId) -> Command<()>;
    async fn seat_layout(&self, id: LayoutId) -> Query<Option<SeatLayout>>;
    /// By name.
    async fn seat_layouts(&self, page: Page) -> Query<Paged<SeatLayout>>;
}

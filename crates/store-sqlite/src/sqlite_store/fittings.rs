//! [`Fittings`], by the readers.

use async_trait::async_trait;
use domain::{LayoutId, SeatLayout};
use store::{Fittings, Page, Paged};

use super::{Query, SqliteStore};
use crate::table::seat_layout;

#[async_trait]
impl Fittings for SqliteStore {
    async fn seat_layout(&self, id: LayoutId) -> Query<Option<SeatLayout>> {
        self.readers.query(move |db| seat_layout::by_id(db, id)).await
    }

    async fn seat_layouts(&self, page: Page) -> Query<Paged<SeatLayout>> {
        self.readers.query(move |db| seat_layout::list(db, page)).await
    }
}

//! [`Fittings`]: written by the writer, read by the readers.

use async_trait::async_trait;
use domain::{LayoutId, SeatLayout, SeatLayoutPatch};
use jiff::Timestamp;
use store::{Fittings, Page, Paged};

use super::{Command, Query, SqliteStore};
use crate::route_changes;
use crate::table::seat_layout;

#[async_trait]
impl Fittings for SqliteStore {
    async fn create_seat_layout(&self, kept: SeatLayout) -> Command<SeatLayout> {
        self.writer
            .command(move |inside| {
                seat_layout::insert(inside.connection, &kept)?;
                Ok(kept.clone())
            })
            .await
    }

    async fn update_seat_layout(
        &self,
        id: LayoutId,
        patch: SeatLayoutPatch,
        now: Timestamp,
    ) -> Command<SeatLayout> {
        self.writer
            .command(move |inside| {
                route_changes::update_seat_layout(inside, id, patch.clone(), now)
            })
            .await
    }

    async fn delete_seat_layout(&self, id: LayoutId) -> Command<()> {
        self.writer.command(move |inside| seat_layout::delete(inside.connection, id)).await
    }

    async fn seat_layout(&self, id: LayoutId) -> Query<Option<SeatLayout>> {
        self.readers.query(move |db| seat_layout::by_id(db, id)).await
    }

    async fn seat_layouts(&self, page: Page) -> Query<Paged<SeatLayout>> {
        self.readers.query(move |db| seat_layout::list(db, page)).await
    }
}

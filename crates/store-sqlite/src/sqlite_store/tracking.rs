//! [`Tracking`]: positions go behind all commands that wait.

use async_trait::async_trait;
use domain::{BusId, BusPosition, RouteId};
use jiff::Timestamp;
use store::{TokenDigest, Tracking};

use super::{Command, Query, SqliteStore};
use crate::table::{bus_position, bus_token};

#[async_trait]
impl Tracking for SqliteStore {
    async fn report_position(
        &self,
        route_id: RouteId,
        bus_id: BusId,
        position: BusPosition,
        now: Timestamp,
    ) -> Command<bool> {
        self.writer
            .session(move |inside| {
                bus_position::keep(inside.connection, (route_id, bus_id), position, now)
            })
            .await
    }

    async fn position(&self, route_id: RouteId, now: Timestamp) -> Query<Option<BusPosition>> {
        let newest = self.readers.query(move |db| bus_position::of_route(db, route_id)).await?;
        Ok(newest.filter(|position| position.is_kept(now)))
    }

    async fn bus_of_token(&self, digest: TokenDigest) -> Query<Option<BusId>> {
        self.readers.query(move |db| bus_token::bus_of(db, digest)).await
    }
}

//! [`Tracking`]: positions are written beside the clock, so that no sale waits for them.

use async_trait::async_trait;
use domain::{BusId, BusPosition, RouteId};
use jiff::Timestamp;
use store::{TokenDigest, Tracking};

use super::{Command, PostgresStore, Query};
use crate::reads::read;
use crate::table::{bus_position, bus_token};

#[async_trait]
impl Tracking for PostgresStore {
    async fn report_position(
        &self,
        route_id: RouteId,
        bus_id: BusId,
        position: BusPosition,
        now: Timestamp,
    ) -> Command<bool> {
        let aside = self.aside().await?;
        let kept = bus_position::keep(aside.db(), (route_id, bus_id), position, now).await;
        aside.done(kept).await
    }

    async fn position(&self, route_id: RouteId, now: Timestamp) -> Query<Option<BusPosition>> {
        let newest = read!(self.readers, |db| bus_position::of_route(db, route_id).await)?;
        Ok(newest.filter(|position| position.is_kept(now)))
    }

    async fn bus_of_token(&self, digest: TokenDigest) -> Query<Option<BusId>> {
        read!(self.readers, |db| bus_token::bus_of(db, digest).await)
    }
}

//! The part of the port that knows where buses are, and which device may report it.

use async_trait::async_trait;
use domain::{BusId, BusPosition, RouteId};
use jiff::Timestamp;

use crate::TokenDigest;
use crate::error::{Command, Query};

/// Where buses are, and which device may report it.
#[async_trait]
pub trait Tracking: Send + Sync + 'static {
    /// Keeps where the bus is on this departure, and as its last known place. False if something
    /// newer is known, or this is too old to be kept. It waits behind all commands in the queue.
    async fn report_position(
        &self,
        route_id: RouteId,
        bus_id: BusId,
        position: BusPosition,
        now: Timestamp,
    ) -> Command<bool>;
    /// The newest that was reported for this departure, if it is still kept at `now`.
    async fn position(&self, route_id: RouteId, now: Timestamp) -> Query<Option<BusPosition>>;

    /// The bus whose device has this token.
    async fn bus_of_token(&self, digest: TokenDigest) -> Query<Option<BusId>>;
}
